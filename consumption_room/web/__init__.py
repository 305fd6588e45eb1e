"""The screens: complete HTML first, one module a screen."""

"""``make figures``: the README's table and the page of promises, made anew from the evidence."""

from tests import evidence, promised

if __name__ == "__main__":
    evidence.write_into_readme()
    promised.PAGE.write_text(promised.page())

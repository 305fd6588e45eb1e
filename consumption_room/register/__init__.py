"""The controlled-drug register: every milligram that came, went or was counted, in lines that are never changed."""

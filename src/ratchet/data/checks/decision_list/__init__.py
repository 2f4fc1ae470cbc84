"""Labels as an ordered list of simple questions: what a rule that made them may have looked like."""

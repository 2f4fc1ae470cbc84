"""The kinds of columns: what each holds, how its values are read, and what is expected of them."""

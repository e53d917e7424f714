"""Bytes that come in, lie here a while, or go out whole: inputs, boards' pictures, time-lapses, archives, shapes."""

"""``make soak``: a server lives through days for hours, and must neither grow nor lose anybody; ``docs/soak.md``.

``plan`` draws what happens and ``people`` live it, ``watch`` writes down what is seen, ``verdict`` judges.
"""

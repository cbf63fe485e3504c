"""Metrics of structured answers, made from counts that add up over examples.

Each module turns answers into one row of numbers an example, and sums of such rows into the metric;
so a resampled set of examples is scored without looking at any answer again.
"""

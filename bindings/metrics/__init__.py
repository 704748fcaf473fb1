"""What Prometheus is told: the catalogue of metrics, what is copied from the router at scrape time, and the page.

The decision path counts in plain integers and knows nothing of this package. A scrape asks the router's owner for a
copy of its counters, a little at a time; everything else (names, sums, text) happens in the page's own thread.
"""

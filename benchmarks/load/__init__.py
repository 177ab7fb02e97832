"""What the service benchmarks share: a real service to load, an organisation to put in it, and who loads it.

organisation  the file to import: the one that was named, or one of the same shape
service       `entaku serve` as processes of its own on a folder of its own, with its CPU and memory
plans         what readers and writers send
generator     builds and runs `generator/`, which sends it; from there come all latencies
layers        the parts of one request, each measured alone
"""

"""What the service benchmarks share: a real service to load, an organisation to put in it, and who loads it.

organisation  the file to import: the one that was named, or one of the same shape
furnished     the data folder with it, and a token for everybody
service       `entaku serve` as processes of its own, with their processor time and memory
plans         what readers and writers send
generator     builds and runs `generator/`, which sends it; from there come all latencies
company       who else is at work on the machine
layers, bare  the parts of one request, each measured alone
breakdown     the table of them
"""

module entaku/load

go 1.21

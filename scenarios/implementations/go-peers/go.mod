module github.com/assay-id/assay/scenarios/implementations/go-peers

go 1.26.0

require github.com/assay-id/assay v0.0.0

replace github.com/assay-id/assay => ../../..

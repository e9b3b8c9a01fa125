SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --warn-undefined-variables
.DEFAULT_GOAL := help

GO ?= go
# Pinned, so that a check today is a check tomorrow.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4
GORELEASER := github.com/goreleaser/goreleaser/v2@v2.17.0
# How long make fuzz spends on each target.
FUZZTIME ?= 10s
# Which mutants the sample has. CI may choose another one each day.
SEED ?= 1
# Set to write down which mutants survive.
UPDATE ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/assay
	$(GO) build -trimpath -o bin/assay ./cmd/assay

.PHONY: check
check: format vet vet-elsewhere staticcheck actionlint release-tools race long ## everything that CI demands of a change

.PHONY: format
format: ## fail if gofmt would change a file
	@unformatted="$$(gofmt -l $$(git ls-files '*.go'))"; \
	if [ -n "$$unformatted" ]; then echo "gofmt -w these files:"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet: ## run go vet
	$(GO) vet ./...

.PHONY: vet-elsewhere
vet-elsewhere: ## run go vet for the other systems of a release
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet ./...

.PHONY: staticcheck
staticcheck: ## run staticcheck
	$(GO) run $(STATICCHECK) ./...

.PHONY: actionlint
actionlint: ## check the workflows of GitHub
	$(GO) run $(ACTIONLINT) .github/workflows/*.yml

.PHONY: test
test: ## run the tests
	$(GO) test ./...

.PHONY: race
race: ## run the tests with the race detector in random order; make nightly does so with the long ones, too
	$(GO) test -race -shuffle=on -timeout 30m ./...

.PHONY: long
long: ## run the tests, the long ones too
	ASSAY_LONG_TESTS=1 $(GO) test -timeout 30m ./...

.PHONY: catalogue
catalogue: build ## run the scenarios; those that a busy machine has spoilt once more, alone
	.ci/catalogue bin/assay

.PHONY: e2e
e2e: build peers e2e-idp e2e-apps adapters mutants-sample ## run a load, a benchmark, the peers and a sample of mutants, e2e-idp, e2e-apps and adapters
	@# 4 is a machine on which others work: the times are not valid, the verdicts are.
	bin/assay load --rate 500/s --duration 2s
	bin/assay bench 'RS256 cold' 'bare RS256' --duration 500ms --threshold 'ratio < 1'

.PHONY: adapters
adapters: ## run the whole catalogue through the first adapter of each language, and examine new ones; installs what they need
	ASSAY_WHOLE_ADAPTERS='goadapter jose PyJWT' $(GO) test ./scenarios/implementations -run AdaptersRun -count=1 -v
	ASSAY_WHOLE_ADAPTERS=all $(GO) test ./cmd/assay -run NewAdapters -count=1 -v

.PHONY: libraries
libraries: ## run the whole catalogue through every adapter; installs what they need and takes a quarter of an hour
	ASSAY_WHOLE_ADAPTERS=all $(GO) test ./scenarios/implementations -run AdaptersRun -count=1 -v -timeout 2h

.PHONY: release-tools
release-tools: ## test what makes the image and the provenance of a release, in its own module
	cd cmd/release && $(GO) vet . && $(GO) test .

.PHONY: snapshot
snapshot: ## build everything that a release of this commit has, into .tmp/snapshot/dist, and run it
	rm -rf .tmp/snapshot
	git clone -q . .tmp/snapshot
	cd .tmp/snapshot && $(GO) run $(GORELEASER) release --snapshot --clean --skip=publish
	@# checksums.txt lists the image too, so the statement comes after it.
	cd cmd/release && for part in image provenance formula verify; do $(GO) run . "$$part" ../../.tmp/snapshot/dist; done
	.ci/snapshot .tmp/snapshot/dist

.PHONY: reproducible
reproducible: ## build this commit in two folders, with caches of their own, and compare the bytes
	rm -rf .tmp/reproducible
	for n in one two; do \
		git clone -q . .tmp/reproducible/$$n; \
		(cd .tmp/reproducible/$$n && GOCACHE="$$PWD/.cache" CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=true -ldflags='-s -w' -o assay ./cmd/assay); \
	done
	cmp .tmp/reproducible/one/assay .tmp/reproducible/two/assay
	sha256sum .tmp/reproducible/*/assay
	rm -rf .tmp/reproducible

.PHONY: vulnerabilities
vulnerabilities: ## ask the database of Go for known vulnerabilities of what is linked; without the database it says so
	@out="$$($(GO) run $(GOVULNCHECK) ./... 2>&1)" && { echo "$$out"; exit 0; } || code=$$?; echo "$$out"; \
	if grep -Eq 'dial tcp|no such host|i/o timeout|connection refused|Forbidden|Not Found|fetching vulnerabilities' <<<"$$out"; then \
		echo "vulnerabilities: SKIPPED: the database cannot be reached from here"; exit 0; \
	fi; exit $$code

.PHONY: matrix
matrix: build ## install and run every implementation of the manifest; writes bin/matrix.html, .md and .json
	@# 3 and 4 are about an implementation and the machine: the comparison is written.
	$(GO) build -o bin/setup ./scenarios/implementations/setup
	bin/setup scenarios/implementations/implementations.yaml \
		bin/assay matrix --implementations scenarios/implementations/implementations.yaml --seed 1 --keep bin/matrix \
		-o bin/matrix.html -o bin/matrix.md -o bin/matrix.json --quiet || case $$? in 3 | 4) ;; *) exit 1 ;; esac

.PHONY: site
site: build ## write a static site to bin/site, with the comparison of make matrix if there is one
	bin/assay report --site bin/site $(wildcard bin/matrix.json)

.PHONY: e2e-idp
e2e-idp: ## run real clients and a browser against the mock environment and HTML reports; installs them
	GO='$(GO)' mockidp/e2e/run

.PHONY: e2e-apps
e2e-apps: ## walk through the sample applications in a browser, against assay up; installs them
	cd mockidp/examples/go && $(GO) vet ./... && $(GO) test -count=1 ./...
	GO='$(GO)' mockidp/examples/walk/run walk.test.mjs
	ASSAY_APP_CHECK=samples $(GO) test ./scenarios/appcheck/... -count=1 -timeout 10m

.PHONY: e2e-app-check
e2e-app-check: ## compare what the samples make of faults with the table, and check them and a faulty copy for each check
	GO='$(GO)' mockidp/examples/walk/run faults.test.mjs
	ASSAY_APP_CHECK=all $(GO) test ./scenarios/appcheck/... -count=1 -timeout 15m

.PHONY: e2e-distributed
e2e-distributed: ## run loads in parts on a control plane of Kubernetes, on Slurm and in network namespaces; installs them
	GO='$(GO)' scenarios/load/e2e/run -v

.PHONY: bench
bench: build ## measure the verifier on this machine
	bin/assay bench

.PHONY: ui-figures
ui-figures: build ## measure what the terminal UI costs, on Linux; takes a quarter of an hour
	$(GO) run ./tui/figures

.PHONY: bench-peers
bench-peers: ## compare the verifier with the libraries that Go programs use instead
	cd scenarios/implementations/go-peers && $(GO) run .

.PHONY: load-peers
load-peers: build ## compare assay load with vegeta, wrk and k6; installs vegeta and k6, and takes eight minutes
	$(GO) run ./scenarios/load/peers

.PHONY: peers
peers: ## test the comparison itself, in its own module
	cd scenarios/implementations/go-peers && $(GO) vet ./... && $(GO) test ./...

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME
	@for file in $$(git grep -l '^func Fuzz' -- '*_test.go'); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$target in $$(dirname $$file)"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file); \
		done; \
	done

.PHONY: golden
golden: ## rewrite the golden files; read the diff
	$(GO) test ./reports ./reports/html ./tui ./tui/chart ./scenarios ./mockidp/intake ./cmd/assay -run 'Golden|Broken|Malformed|Excerpts|Script|Readme|Licences' -update

.PHONY: man
man: ## write the man pages of all commands to bin/man
	$(GO) test ./cmd/assay -run 'TestManPages$$' -count=1 -man $(CURDIR)/bin/man

.PHONY: licences
licences: ## write the licences of all linked modules to bin/licences
	$(GO) test ./cmd/assay -run 'TestLicencesAreListed$$' -count=1 -licences $(CURDIR)/bin/licences

.PHONY: liars
liars: ## tell every scenario that each liar fails; takes the better part of an hour
	$(GO) test ./scenarios/implementations/plain -run 'TestMatrix$$' -matrix -v -timeout 3h

.PHONY: mutants
mutants: ## tell which changes of the verifier no scenario notices; -update with UPDATE=1
	$(GO) run ./scenarios/mutants $(if $(UPDATE),-update)

.PHONY: mutants-sample
mutants-sample: ## check that scenarios notice 50 changes of the verifier, chosen by SEED
	$(GO) run ./scenarios/mutants -sample 50 -seed $(SEED)

.PHONY: nightly
nightly: mutants liars libraries e2e-app-check e2e-distributed load-peers reproducible snapshot ## what takes too long for every change
	ASSAY_LONG_TESTS=1 $(GO) test -race -shuffle=on -count=3 -timeout 90m ./...
	$(MAKE) fuzz FUZZTIME=2m

.PHONY: clean
clean: ## remove what make made
	rm -rf bin .tmp

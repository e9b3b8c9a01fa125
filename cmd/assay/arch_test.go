package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/assay-id/assay"

// mayImport says which packages of the module each package may import. A name
// with /... means the package and everything below it. Tests may import
// more. A new edge is a design decision: say why in the commit that adds it.
var mayImport = map[string][]string{
	"cmd/assay": {"..."},

	"verifier":              nil,
	"verifier/diagnose":     {"verifier"},
	"verifier/doctor":       {"verifier"}, // data about one connection; what shows it is in reports
	"verifier/refresh":      {"verifier"},
	"verifier/verifierprom": {"verifier"}, // imports the Prometheus client, which the core must not
	"verifier/verifiertest": {"verifier", "mockidp/..."},

	// The mock and the verifier share nothing.
	"mockidp":                     {"mockidp/certs", "mockidp/directory", "mockidp/fault", "mockidp/forge", "mockidp/internal/...", "mockidp/keyring", "mockidp/scim", "mockidp/signin"},
	"mockidp/directory":           {"mockidp/internal/..."},
	"mockidp/scim":                {"mockidp/directory", "mockidp/internal/..."},
	"mockidp/signin":              {"mockidp/directory", "mockidp/internal/..."},
	"mockidp/internal/answer":     nil,
	"mockidp/internal/bounded":    nil,
	"mockidp/internal/ids":        nil,
	"mockidp/internal/oauth":      {"mockidp/directory", "mockidp/internal/...", "mockidp/keyring"},
	"mockidp/internal/port":       {"mockidp/fault"},
	"mockidp/internal/request":    nil,
	"mockidp/internal/totp":       nil,
	"mockidp/internal/words":      nil,
	"mockidp/certs":               nil,
	"mockidp/charmock":            {"mockidp/internal/loopback", "mockidp/internal/page"},
	"mockidp/control":             {"mockidp", "mockidp/fault", "mockidp/forge", "mockidp/intake", "mockidp/internal/loopback", "mockidp/internal/strict", "mockidp/internal/words", "mockidp/keyring", "mockidp/people"},
	"mockidp/fault":               {"mockidp/forge", "mockidp/internal/strict", "mockidp/internal/words", "mockidp/keyring"},
	"mockidp/forge":               {"mockidp/internal/strict", "mockidp/internal/words", "mockidp/keyring"},
	"mockidp/intake":              {"mockidp/internal/strict"}, // the gate for YAML and JSON, the catalogue's too
	"mockidp/internal/loopback":   nil,
	"mockidp/internal/page":       nil,
	"mockidp/internal/strict":     nil,
	"mockidp/keyring":             {"mockidp/internal/jsonobject", "mockidp/internal/words"},
	"mockidp/internal/jsonobject": nil,
	"mockidp/mockidptest":         {"mockidp", "mockidp/fault"},
	"mockidp/people":              {"mockidp", "mockidp/intake", "mockidp/keyring"},

	"reports":      nil,
	"reports/html": {"reports"}, // another rendering, apart because of its templates and charts

	// What is under test answers through these; the catalogue knows nothing
	// of who executes it.
	"scenarios":                         {"mockidp/intake"}, // text that people give passes one gate
	"scenarios/implementations":         {"mockidp/intake", "scenarios", "scenarios/implementations/plain", "scenarios/implementations/present", "scenarios/panics", "verifier", "verifier/refresh"},
	"scenarios/implementations/plain":   {"verifier"},
	"scenarios/implementations/present": nil, // requests with a token, for whatever sends them
	// Programs to copy. Other modules use their protocol as well.
	"scenarios/implementations/goadapter":          {"scenarios/implementations/goadapter/protocol", "verifier"},
	"scenarios/implementations/goadapter/gojose":   {"scenarios/implementations/goadapter/protocol"},
	"scenarios/implementations/goadapter/protocol": nil,
	// A program that installs what the manifest lists.
	"scenarios/implementations/setup": {"scenarios/implementations"},
	// It runs cases to prove what an adapter declares, and shows a line as the
	// gate for foreign text does.
	"scenarios/adapter": {"mockidp", "mockidp/intake", "reports", "scenarios", "scenarios/implementations", "scenarios/run"},
	"scenarios/run":     {"scenarios", "scenarios/implementations", "scenarios/measure/machine", "scenarios/panics", "mockidp/...", "verifier", "reports"},

	// It builds itself once more, as a worker with a changed verifier.
	"scenarios/mutants":       {"mockidp", "reports", "scenarios", "scenarios/implementations", "scenarios/mutants/point", "scenarios/run"},
	"scenarios/mutants/point": nil,

	"scenarios/run/runtest": {"scenarios", "scenarios/run", "reports"}, // only for tests
	"scenarios/longtest":    nil,                                       // only for tests

	// What benchmarks and loads share. paired imports nothing, so that other
	// modules can compare with the same method.
	"scenarios/panics":          nil,
	"scenarios/measure":         {"reports", "scenarios/measure/machine"},
	"scenarios/measure/corpus":  {"mockidp/..."},
	"scenarios/measure/gate":    {"reports", "scenarios/measure/latency"},
	"scenarios/measure/latency": {"reports"},
	"scenarios/measure/machine": {"reports"},
	"scenarios/bench":           {"scenarios/bench/paired", "scenarios/measure/...", "scenarios/panics", "mockidp/...", "verifier", "reports"},
	"scenarios/bench/paired":    nil,
	// It asks other builds and adapters what bench asks in process.
	"scenarios/bench/versus": {"mockidp", "mockidp/keyring", "reports", "scenarios", "scenarios/bench/paired", "scenarios/implementations", "scenarios/implementations/goadapter/protocol", "scenarios/measure/...", "verifier"},
	// It plays the application as well as the environment.
	"scenarios/reproduce": {"mockidp/...", "reports", "scenarios/load", "verifier", "verifier/diagnose", "verifier/doctor"},
	// It is the provider of an application and drives it with a browser. Its
	// clauses have the form of the catalogue's.
	"scenarios/appcheck":         {"mockidp", "mockidp/fault", "mockidp/forge", "mockidp/intake", "mockidp/keyring", "mockidp/people", "reports", "scenarios", "scenarios/appcheck/browser"},
	"scenarios/appcheck/browser": nil,
	// It presents tokens as a run against a deployed service does, and shows
	// answers, which may repeat a token.
	"scenarios/load/peers": {"reports"}, // a program that runs generators and reads what they print
	"scenarios/load":       {"scenarios/implementations/present", "scenarios/measure/...", "scenarios/panics", "mockidp/...", "verifier", "verifier/diagnose", "reports"},

	"tui":         {"reports", "tui/chart"},
	"tui/chart":   nil,
	"tui/figures": nil, // a program that measures assay from outside
	"tui/tuitest": nil, // only for tests
}

// listed is the part of the output of go list that the test reads.
type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		seen[name] = true
		if p.Doc == "" {
			t.Errorf("%s has no package comment", name)
		}
		allowed, ok := mayImport[name]
		if !ok {
			t.Errorf("%s is not in the table of arch_test.go", name)
			continue
		}
		used := make(map[string]bool)
		for _, imported := range p.Imports {
			rest, ours := strings.CutPrefix(imported, module+"/")
			for _, pattern := range allowed {
				used[pattern] = used[pattern] || ours && permits([]string{pattern}, rest)
			}
			if ours && !permits(allowed, rest) {
				t.Errorf("%s imports %s, which the table does not permit", name, rest)
			}
			if strings.HasPrefix(imported, "charm.land/") && name != "tui" {
				t.Errorf("%s imports %s: only tui may draw", name, imported)
			}
			if strings.HasPrefix(imported, "github.com/ory/") && name != "mockidp/internal/oauth" {
				t.Errorf("%s imports %s: only mockidp/internal/oauth may, so that it can be replaced",
					name, imported)
			}
		}
		for _, pattern := range allowed {
			if !used[pattern] {
				t.Errorf("the table permits %s to import %s, which it does not: remove the edge",
					name, pattern)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("%s is in the table and does not exist", name)
		}
	}
}

func permits(allowed []string, name string) bool {
	for _, pattern := range allowed {
		prefix, tree := strings.CutSuffix(pattern, "...")
		if pattern == name || tree && (strings.HasPrefix(name+"/", prefix) || name == strings.TrimSuffix(prefix, "/")) {
			return true
		}
	}
	return false
}

// list asks the go command for every package of the module.
func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

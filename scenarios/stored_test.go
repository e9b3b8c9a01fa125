package scenarios_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

// The stored form of each file of the catalogue is up to date, and says what the
// file says.
func TestGoldenStoredForms(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("catalog/*.yaml")
	if err != nil || len(names) < 10 {
		t.Fatalf("found %d files, %v", len(names), err)
	}
	if forms, err := filepath.Glob("stored/*"); err != nil || len(forms) != len(names) {
		t.Errorf("there are %d stored forms of %d files, %v", len(forms), len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := scenarios.Parse(name, text)
			if err != nil {
				t.Fatal(err)
			}
			form := scenarios.Store(parsed, string(text))
			if *update {
				if err := os.WriteFile(scenarios.StoredName(name), form, 0o644); err != nil {
					t.Fatal(err)
				}
			} else if embedded, err := scenarios.Embedded.ReadFile(scenarios.StoredName(name)); err != nil || !bytes.Equal(embedded, form) {
				t.Errorf("the stored form of %s is out of date, make golden writes it: %v", name, err)
			}
			restored, err := scenarios.Restored(name, string(text), form)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(scenarios.Store(restored, string(text)), form) {
				t.Error("another form is stored of what is restored")
			}
			for i, want := range parsed.Cases {
				compareRestored(t, restored.Cases[i], want)
			}
		})
	}
}

// compareRestored compares what a stored form does not have.
func compareRestored(t *testing.T, got, want *scenarios.Scenario) {
	t.Helper()
	type derived struct {
		file, group, code, mistake string
		line                       int
		robustness                 bool
		expectations               []string
		reasons                    [][]string
		variants                   []scenarios.Variant
	}
	of := func(s *scenarios.Scenario) derived {
		d := derived{
			file: s.File, group: s.Group.Name, code: s.DocumentedCause(), line: s.Line, robustness: s.Robustness(), variants: s.AllVariants(),
			mistake: s.Mistake(scenarios.Place{}, os.ErrInvalid).Error(),
		}
		for _, e := range s.Expectations() {
			d.expectations = append(d.expectations, e.String())
			d.reasons = append(d.reasons, e.Reasons())
		}
		return d
	}
	if diff := cmp.Diff(of(want), of(got), cmp.AllowUnexported(derived{})); diff != "" {
		t.Errorf("%s (-parsed +restored):\n%s", want.ID, diff)
	}
	tokens := [2]string{}
	for i, s := range []*scenarios.Scenario{want, got} {
		text, err := json.Marshal([]any{s.Token, s.Steps, s.Keys, s.Inputs})
		if err != nil {
			t.Fatal(err)
		}
		tokens[i] = string(text)
	}
	if diff := cmp.Diff(tokens[0], tokens[1]); diff != "" {
		t.Errorf("%s (-parsed +restored):\n%s", want.ID, diff)
	}
}

// A stored form counts for the file that it was made from, and damage is found.
func TestAStoredFormOfSomethingElse(t *testing.T) {
	t.Parallel()
	const name = "catalog/base.yaml"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := scenarios.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	form := scenarios.Store(parsed, string(text))
	for what, test := range map[string]struct {
		text string
		form []byte
		want string
	}{
		"another text": {string(text) + "\n", form, "the stored form is not that of the file"},
		"nothing":      {string(text), nil, "the stored form is not that of the file"},
		"half of it":   {string(text), form[:len(form)/2], "the stored form of catalog/base.yaml is damaged: "},
	} {
		g, err := scenarios.Restored(name, test.text, test.form)
		if err == nil || !bytes.HasPrefix([]byte(err.Error()), []byte(test.want)) {
			t.Errorf("Restored from %s = %v, %v, want %q", what, g, err, test.want)
		}
	}
}

func BenchmarkRestored(b *testing.B) {
	names, err := filepath.Glob("catalog/*.yaml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, name := range names {
			text, _ := scenarios.Embedded.ReadFile(name)
			form, _ := scenarios.Embedded.ReadFile(scenarios.StoredName(name))
			if _, err := scenarios.Restored(name, string(text), form); err != nil {
				b.Fatal(err)
			}
		}
	}
}

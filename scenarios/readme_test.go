package scenarios_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

const guide = "README.md"

// The reference of the guide is what the program itself uses.
func TestReadmeHasTheReference(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := scenarios.StepKinds()
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for part, content := range map[string]string{
		"functions": functionTable(), "steps": stepTable(steps), "capabilities": capabilityTable(),
		"reasons": "`" + strings.Join(scenarios.Reasons(), "`, `") + "`. `OTHER` stands for a reason that an implementation cannot tell.\n",
	} {
		between := regexp.MustCompile(`(?s)(<!-- ` + part + `: generated[^\n]*-->\n).*?(<!-- end -->)`)
		if !between.MatchString(want) {
			t.Fatalf("%s has no place for the %s", guide, part)
		}
		want = between.ReplaceAllStringFunc(want, func(old string) string {
			marks := between.FindStringSubmatch(old)
			return marks[1] + content + marks[2]
		})
	}
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(guide); err != nil || string(got) != want {
		t.Errorf("%s, %v: the reference is not the program's; make golden writes it (-want +got):\n%s", guide, err, cmp.Diff(want, string(got)))
	}
}

// Every file that the guide shows is one that the reader takes.
func TestReadmeShowsFilesThatCanBeRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	files := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(files) < 5 {
		t.Fatalf("the guide shows %d files, want at least 5", len(files))
	}
	for i, file := range files {
		if _, err := scenarios.Parse(fmt.Sprintf("file %d of %s", i+1, guide), []byte(file[1])); err != nil {
			t.Error(err)
		}
	}
}

func functionTable() string {
	var b strings.Builder
	b.WriteString("| function | stands for |\n| --- | --- |\n")
	funcs := scenarios.TemplateFuncs()
	for _, name := range slices.Sorted(maps.Keys(funcs)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, funcs[name])
	}
	return b.String()
}

func stepTable(kinds []scenarios.StepKind) string {
	var b strings.Builder
	for _, kind := range kinds {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", kind.Key, kind.Means)
		for _, field := range kind.Fields {
			if field.Means == "" {
				fmt.Fprintf(&b, "- `%s`\n", field.Key)
				continue
			}
			fmt.Fprintf(&b, "- `%s`: %s\n", field.Key, field.Means)
		}
		if len(kind.Fields) > 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func capabilityTable() string {
	var b strings.Builder
	b.WriteString("| capability | an implementation that declares it |\n| --- | --- |\n")
	for _, c := range scenarios.Capabilities() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, c.Means)
	}
	return b.String()
}

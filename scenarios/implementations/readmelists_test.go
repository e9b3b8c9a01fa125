package implementations_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

var update = flag.Bool("update", false, "rewrite the generated lists of README.md")

// The lists of capabilities and reasons in README.md are those of the program;
// -update rewrites them.
func TestReadmeGolden(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, list := range map[string]string{"capabilities": capabilityTable(t), "reasons": reasonTable(t)} {
		begin, end := "<!-- "+name+": generated -->\n", "<!-- end -->"
		marked := regexp.MustCompile("(?s)" + regexp.QuoteMeta(begin) + ".*?" + end)
		if !marked.MatchString(want) {
			t.Errorf("README.md has no place for the %s", name)
		}
		want = marked.ReplaceAllLiteralString(want, begin+"\n"+list+"\n"+end)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("README.md differs (-want +got); -update rewrites it:\n%s", diff)
	}
}

// README.md explains every operation and every field of the protocol.
func TestReadmeNamesEveryField(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"hello", "open", "verify", "begin", "refresh", "close"}
	words = append(words, fields(reflect.TypeFor[implementations.Request]())...)
	words = append(words, fields(reflect.TypeFor[implementations.Response]())...)
	for _, word := range words {
		if !strings.Contains(string(text), "`"+word+"`") {
			t.Errorf("README.md does not explain `%s`", word)
		}
	}
}

// fields returns the names of t in JSON, and of what it holds.
func fields(t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		return fields(t.Elem())
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name != "" {
			names = append(names, name)
		}
		names = append(names, fields(f.Type)...)
	}
	return names
}

// capabilityTable lists the capabilities, and how many scenarios need each.
func capabilityTable(t *testing.T) string {
	t.Helper()
	catalogue, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| capability | an implementation that declares it | scenarios |\n| --- | --- | --: |\n")
	fmt.Fprintf(&b, "| `%s` | takes a JWK Set in the configuration | |\n", implementations.StaticKeys)
	for _, c := range scenarios.Capabilities() {
		n := 0
		for _, s := range catalogue.All() {
			if s.Has(c.Name) {
				n++
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d |\n", c.Name, c.Means, n)
	}
	return b.String()
}

// reasonTable lists the reasons with the doc comments of the constants in the
// verifier, which name the clauses.
func reasonTable(t *testing.T) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../verifier/reason.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	means := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Doc == nil || len(spec.Values) != 1 {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			name, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			_, text, _ := strings.Cut(spec.Doc.Text(), ": ")
			means[name] = strings.Join(strings.Fields(text), " ")
		}
		return true
	})
	var b strings.Builder
	b.WriteString("| reason | meaning |\n| --- | --- |\n")
	for _, r := range scenarios.Reasons() {
		if means[r] == "" {
			t.Errorf("verifier/reason.go does not explain %s", r)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", r, means[r])
	}
	return b.String()
}

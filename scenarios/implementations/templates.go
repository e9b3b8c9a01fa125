package implementations

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed node/package.json node/protocol.mjs node/jose.mjs
//go:embed python/protocol.py python/pyjwt_adapter.py
//go:embed goadapter/gojose/main.go goadapter/protocol/protocol.go
//go:embed ruby/protocol.rb ruby/ruby_jwt.rb
//go:embed perl/Protocol.pm perl/crypt_jwt.pl
var adapterFiles embed.FS

// Template is an adapter to copy: the files of this module that test a library
// in one language, and what they need to be installed elsewhere.
type Template struct {
	Language string // as a word to type: node
	Library  string // that the adapter tests
	Install  string // the command that installs the library
	Command  string // the command that runs the adapter

	sources []string          // files of this module
	made    map[string]string // what makes a package of them, by name
}

// TemplateFile is a file of a [Template].
type TemplateFile struct {
	Name string // relative, with slashes
	Text string
}

// Templates lists the adapters to copy, one for each language.
func Templates() []Template {
	return []Template{
		{
			Language: "node", Library: "jose", Install: "npm install", Command: "node jose.mjs",
			sources: []string{"node/protocol.mjs", "node/jose.mjs"},
			made:    map[string]string{"package.json": packageJSON("jose")},
		},
		{
			Language: "python", Library: "PyJWT",
			Install: "python3 -m venv --system-site-packages .venv && .venv/bin/pip install -r requirements.txt", Command: ".venv/bin/python pyjwt_adapter.py",
			sources: []string{"python/protocol.py", "python/pyjwt_adapter.py"},
			made:    map[string]string{"requirements.txt": "pyjwt[crypto]\n"},
		},
		{
			Language: "go", Library: "go-jose",
			Install: "go build -mod=mod -o adapter ./gojose", Command: "./adapter",
			sources: []string{"goadapter/gojose/main.go", "goadapter/protocol/protocol.go"},
			made:    map[string]string{"go.mod": "module adapter\n\ngo 1.26\n\nrequire github.com/go-jose/go-jose/v4 " + goJOSEVersion + "\n"},
		},
		{
			Language: "ruby", Library: "ruby-jwt",
			Install: "ruby -rjwt -e 0 2>/dev/null || bundle install", Command: "ruby ruby_jwt.rb",
			sources: []string{"ruby/protocol.rb", "ruby/ruby_jwt.rb"},
			made:    map[string]string{"Gemfile": "source 'https://rubygems.org'\n\ngem 'jwt'\n"},
		},
		{
			Language: "perl", Library: "Crypt::JWT",
			Install: "perl -MCrypt::JWT -MJSON -e 0 2>/dev/null || cpanm --installdeps .", Command: "perl crypt_jwt.pl",
			sources: []string{"perl/Protocol.pm", "perl/crypt_jwt.pl"},
			made:    map[string]string{"cpanfile": "requires 'Crypt::JWT';\nrequires 'JSON';\n"},
		},
	}
}

// Files returns the files of the adapter: those of this module, what its
// language needs to install the library, and a README.
func (t Template) Files() ([]TemplateFile, error) {
	readme := fmt.Sprintf("    %s\n    assay adapter check %s\n    assay run --implementation 'exec:%[2]s'\n", t.Install, t.Command)
	files := []TemplateFile{{"README.md", readme}}
	for name, text := range t.made {
		files = append(files, TemplateFile{name, text})
	}
	for _, source := range t.sources {
		text, err := adapterFiles.ReadFile(source)
		if err != nil {
			return nil, err
		}
		_, name, _ := strings.Cut(source, "/")
		files = append(files, TemplateFile{name, strings.ReplaceAll(string(text), goPackages, `"adapter/`)})
	}
	slices.SortFunc(files, func(a, b TemplateFile) int { return cmp.Compare(a.Name, b.Name) })
	return files, nil
}

// goJOSEVersion is the version of go-jose in the go.mod of this module.
const goJOSEVersion = "v4.1.9"

// goPackages begins the import path of the packages that the Go adapter brings
// along, and is quoted as in an import.
const goPackages = `"github.com/assay-id/assay/scenarios/implementations/goadapter/`

// packageJSON returns a package.json that depends on one package, in the
// version that is tested here.
func packageJSON(name string) string {
	text, err := adapterFiles.ReadFile("node/package.json")
	var tested struct{ Dependencies map[string]string }
	if err == nil {
		err = json.Unmarshal(text, &tested)
	}
	if err != nil || tested.Dependencies[name] == "" {
		panic("implementations: internal error: node/package.json lacks " + name)
	}
	return fmt.Sprintf("{\n  \"private\": true,\n  \"type\": \"module\",\n  \"dependencies\": {\n    %q: %q\n  }\n}\n", name, tested.Dependencies[name])
}

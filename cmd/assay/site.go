package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/reports/html"
	"github.com/assay-id/assay/scenarios"
)

// mostMatrix is how many bytes a comparison may have: the one of all
// implementations of the manifest has a tenth.
const mostMatrix = 128 << 20

// site writes a static site about the catalogue and a comparison, whose file may
// be empty.
func (a *app) site(dir, matrix string) error {
	catalogue, err := openCatalogue(nil)
	if err != nil {
		return err
	}
	clauses, err := scenarios.BuiltinClauses()
	if err != nil {
		return err
	}
	var s html.Site
	if matrix != "" {
		if s.Matrix, err = readMatrix(matrix); err != nil {
			return err
		}
	}
	for _, g := range catalogue.Groups {
		for _, c := range g.Cases {
			s.Cases = append(s.Cases, html.SiteCase{
				ID: c.ID, Title: c.Title, Group: g.Name + ": " + g.Title, Level: reports.Level(c.Level), Want: fmt.Sprint(c.Expect),
				Clauses: c.Spec, Note: c.Note, Advice: c.Advice,
			})
		}
	}
	for _, c := range clauses {
		s.Clauses = append(s.Clauses, html.SiteClause(c))
	}
	pages := 0
	err = s.Write(func(name string, page []byte) error {
		pages++
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, page, 0o644)
	})
	if err != nil {
		return usage("--site %s: %v", dir, err)
	}
	return a.print(fmt.Sprintf("%s in %s; open %s\n", reports.FormatNoun(pages, "page"), dir, filepath.Join(dir, "index.html")))
}

// readMatrix reads what assay matrix -o matrix.json has written.
func readMatrix(name string) (*reports.Matrix, error) {
	text, err := intake.ReadFile(name, mostMatrix)
	if err != nil {
		return nil, usage("%v", err)
	}
	m := new(reports.Matrix)
	if err := json.Unmarshal(text, m); err != nil || len(m.Implementations) == 0 {
		problem := "it compares no implementation"
		if err != nil {
			problem = strings.TrimSpace(err.Error())
		}
		return nil, usageHint("assay matrix a.jsonl b.jsonl -o matrix.json writes one", "%s is no comparison: %s", name, reports.Excerpt(problem, 200))
	}
	return m, nil
}

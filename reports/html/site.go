package html

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/assay-id/assay/reports"
)

// Site is a static site about a catalogue: a first page with a search that needs
// no server, and a page for each case, each clause and each implementation that
// was compared.
type Site struct {
	Matrix  *reports.Matrix // nil without a comparison
	Cases   []SiteCase
	Clauses []SiteClause
}

// SiteCase is a case of the catalogue. Its texts are not escaped.
type SiteCase struct {
	ID, Title, Group string
	Level            reports.Level
	Want             string   // the expectation in words
	Clauses          []string // their IDs
	Note, Advice     string
}

// SiteClause is a clause that cases cite. Its texts are not escaped.
type SiteClause struct{ ID, Title, Word, Says, Link string }

// entry is something that the search finds.
type entry struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Title string `json:"title"`
	Href  string `json:"href"`
}

// sitePage is the data of the template "site".
type sitePage struct {
	Home        string // the way to the first page; empty on it
	Title       string
	About, Link string
	Facts       []fact
	Search      []entry
	Tables      []table
}

// site is a Site with the names of its pages.
type site struct {
	Site
	cases, clauses  map[string]string // from an ID to the name of a page
	implementations []string
	answers         map[string]*reports.MatrixCase
}

// Write gives write each page with its name, which may begin with a folder. The
// first error of write ends it. An error also says that the matrix contradicts
// itself, which one that somebody else wrote may.
func (s Site) Write(write func(name string, page []byte) error) error {
	t := &site{
		Site: s, cases: make(map[string]string), clauses: make(map[string]string), answers: make(map[string]*reports.MatrixCase),
	}
	if err := t.name(); err != nil {
		return err
	}
	var failed error
	add := func(name string, p sitePage) {
		var b bytes.Buffer
		if failed == nil {
			failed = (page{Title: p.Title, Search: p.Search}).write(&b, "site", p)
		}
		if failed == nil {
			failed = write(name, b.Bytes())
		}
	}
	add("index.html", t.index())
	for _, c := range s.Cases {
		add(t.cases[c.ID], t.casePage(c))
	}
	for _, c := range s.Clauses {
		add(t.clauses[c.ID], t.clausePage(c))
	}
	for i, name := range t.implementations {
		add(name, t.implementationPage(i))
	}
	return failed
}

// name gives each page a name, and finds the answers of the matrix.
func (t *site) name() error {
	taken := make(map[string]bool)
	unique := func(folder, id string) string {
		name := folder + "/" + slug(id)
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s/%s-%d", folder, slug(id), n)
		}
		taken[name] = true
		return name + ".html"
	}
	for _, c := range t.Cases {
		t.cases[c.ID] = unique("case", c.ID)
	}
	for _, c := range t.Clauses {
		t.clauses[c.ID] = unique("clause", c.ID)
	}
	if t.Matrix == nil {
		return nil
	}
	for _, i := range t.Matrix.Implementations {
		t.implementations = append(t.implementations, unique("implementation", i.Name))
	}
	for i := range t.Matrix.Cases {
		c := &t.Matrix.Cases[i]
		if len(c.Cells) != len(t.implementations) {
			return fmt.Errorf("case %q has %d answers of %d implementations", c.ID, len(c.Cells), len(t.implementations))
		}
		t.answers[c.ID] = c
	}
	return nil
}

// slug returns the name of a page for an ID: lower-case letters, digits, dots and
// hyphens.
func slug(id string) string {
	words := strings.FieldsFunc(strings.ToLower(id), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.'
	})
	return strings.Trim(strings.Join(words, "-"), ".") // no name is . or ..
}

// index returns the first page.
func (t *site) index() sitePage {
	p := sitePage{
		Title: "ID Token verification, case by case",
		About: fmt.Sprintf("%s, each with the clauses that it rests on.", reports.FormatNoun(len(t.Cases), "case")),
	}
	if t.Matrix != nil {
		p.About = fmt.Sprintf("%s, each with the clauses that it rests on, and what %s answered.",
			reports.FormatNoun(len(t.Cases), "case"), reports.FormatNoun(len(t.implementations), "implementation"))
		levels := matrixLevels(t.Matrix)
		for i := range levels.Rows {
			levels.Rows[i].Cells[0].Href = t.implementations[i]
		}
		p.Tables = append(p.Tables, levels)
	}
	cases := table{Caption: "Cases", Head: []column{{Text: "case"}, {Text: "title", Wide: true}, {Text: "level"}, {Text: "wanted", Minor: true}}}
	for _, c := range t.Cases {
		p.Search = append(p.Search, entry{"case", reports.Escape(c.ID), reports.Escape(c.Title), t.cases[c.ID]})
		cases.Rows = append(cases.Rows, row{Cells: []cell{
			{Text: reports.Escape(c.ID), Href: t.cases[c.ID]}, {Text: reports.Escape(c.Title)}, {Text: string(c.Level)}, {Text: reports.Escape(c.Want)},
		}})
	}
	clauses := table{Caption: "Clauses", Head: []column{{Text: "clause"}, {Text: "word"}, {Text: "says", Wide: true}}}
	for _, c := range t.Clauses {
		p.Search = append(p.Search, entry{"clause", reports.Escape(c.ID), reports.Escape(c.Title + ": " + c.Says), t.clauses[c.ID]})
		clauses.Rows = append(clauses.Rows, t.clauseRow(c, ""))
	}
	for i, name := range t.implementations {
		p.Search = append(p.Search, entry{"implementation", reports.Escape(t.Matrix.Implementations[i].Name), t.Matrix.Implementations[i].Describe(), name})
	}
	p.Tables = append(p.Tables, cases, clauses)
	return p
}

// up is the way from the page of a case, a clause or an implementation to the
// folder of the site.
const (
	up   = "../"
	home = up + "index.html"
)

func (t *site) clauseRow(c SiteClause, way string) row {
	return row{Cells: []cell{
		{Text: reports.Escape(c.ID), Href: way + t.clauses[c.ID], Note: reports.Escape(c.Title)}, {Text: reports.Escape(c.Word)}, {Text: reports.Escape(c.Says)},
	}}
}

// casePage returns the page of a case.
func (t *site) casePage(c SiteCase) sitePage {
	p := sitePage{Home: home, Title: reports.Escape(c.ID), About: reports.Escape(c.Title)}
	for _, f := range []fact{
		{"group", c.Group}, {"level", string(c.Level)}, {"wanted", c.Want}, {"reading", c.Note}, {"advice", c.Advice}, {"more", "assay show " + c.ID},
	} {
		if f.Text != "" {
			p.Facts = append(p.Facts, fact{f.Name, reports.Escape(f.Text)})
		}
	}
	cited := table{Caption: "Clauses", Head: []column{{Text: "clause"}, {Text: "word"}, {Text: "says", Wide: true}}}
	for _, clause := range t.Clauses {
		for _, id := range c.Clauses {
			if id == clause.ID {
				cited.Rows = append(cited.Rows, t.clauseRow(clause, up))
			}
		}
	}
	p.Tables = append(p.Tables, cited)
	if answers := t.answers[c.ID]; answers != nil {
		all := table{Caption: "Answers", Head: []column{{Text: "implementation"}, {Text: "answer"}, {Text: "again", Minor: true}}}
		for i, a := range answers.Cells {
			all.Rows = append(all.Rows, row{Cells: []cell{
				{Text: reports.Escape(t.Matrix.Implementations[i].Name), Href: up + t.implementations[i]},
				{Text: a.Word(), Class: standingClass(a.Standing), Note: matrixNote(a)}, {Text: reports.Escape(a.Again)},
			}})
		}
		p.Tables = append(p.Tables, all)
	}
	return p
}

// clausePage returns the page of a clause.
func (t *site) clausePage(c SiteClause) sitePage {
	p := sitePage{
		Home: home, Title: reports.Escape(c.ID + ": " + c.Title), About: reports.Escape(c.Says),
		Facts: []fact{{"requirement word", reports.Escape(c.Word)}},
	}
	if strings.HasPrefix(c.Link, "https://") {
		p.Link = c.Link
	}
	cases := table{Caption: "Cases that cite it", Head: []column{{Text: "case"}, {Text: "title", Wide: true}, {Text: "level"}, {Text: "answers"}}}
	for _, s := range t.Cases {
		for _, id := range s.Clauses {
			if id != c.ID {
				continue
			}
			agreement := "–"
			if a := t.answers[s.ID]; a != nil {
				agreement = reports.Escape(string(a.Agreement))
			}
			cases.Rows = append(cases.Rows, row{Cells: []cell{
				{Text: reports.Escape(s.ID), Href: up + t.cases[s.ID]}, {Text: reports.Escape(s.Title)}, {Text: string(s.Level)}, {Text: agreement},
			}})
		}
	}
	p.Tables = append(p.Tables, cases)
	return p
}

// implementationPage returns the page of the implementation at index i.
func (t *site) implementationPage(i int) sitePage {
	of := t.Matrix.Implementations[i]
	p := sitePage{Home: home, Title: reports.Escape(of.Name), About: of.Describe()}
	for _, f := range []fact{
		{"set-up", of.Implementation.Setup}, {"failed", of.Failure}, {"again", of.Again},
		{"skipped", fmt.Sprint(of.Total.Skipped)}, {"not judged", fmt.Sprint(of.Total.Unknown)},
	} {
		if f.Text != "" {
			p.Facts = append(p.Facts, fact{f.Name, reports.Escape(f.Text)})
		}
	}
	wrong := table{Caption: "Wrong verdicts", Head: []column{{Text: "case"}, {Text: "title", Wide: true}, {Text: "level"}, {Text: "wanted"}, {Text: "answer"}}}
	for _, c := range t.Matrix.Cases {
		a := c.Cells[i]
		if a.Standing != reports.StandingWrong {
			continue
		}
		id := cell{Text: reports.Escape(c.ID)}
		if name := t.cases[c.ID]; name != "" {
			id.Href = up + name
		}
		wrong.Rows = append(wrong.Rows, row{Cells: []cell{
			id, {Text: reports.Escape(c.Title)}, {Text: reports.Escape(string(c.Level))}, {Text: reports.Escape(c.Want)}, {Text: a.Word(), Class: standingClass(a.Standing), Note: matrixNote(a)},
		}})
	}
	p.Tables = append(p.Tables, wrong)
	return p
}

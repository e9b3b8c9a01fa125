package html

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed page
var files embed.FS

// parsed returns the templates, which are the same for all pages of a site.
var parsed = sync.OnceValues(func() (*template.Template, error) { return template.ParseFS(files, "page/*.html") })

// page is a whole document. Every text in it is already through
// reports.Escape; the templates escape for HTML.
type page struct {
	Title  string
	Filter *filter // nil if there is nothing to filter
	Search []entry // what the first page of a site finds; nil on any other page

	// The rest is for the template, and set by write.
	Main   template.HTML
	Style  template.CSS
	Script template.JS
	Data   template.JS
	Policy string
}

// write writes the page around the template name, which gets data. The
// Content-Security-Policy permits nothing but the style and the script of the
// page itself, should a text ever escape the templates.
func (p page) write(w io.Writer, name string, data any) error {
	templates, err := parsed()
	if err != nil {
		return err
	}
	var main bytes.Buffer
	if err := templates.ExecuteTemplate(&main, name, data); err != nil {
		return err
	}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	css := string(style) + p.Filter.css()
	p.Main = template.HTML(main.String()) // the output of a template
	p.Style = template.CSS(css)
	p.Policy = "default-src 'none'; style-src " + hash(css)
	if err := p.addScript(); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, "page", p); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// addScript adds the script of a page that has a filter or a search.
func (p *page) addScript() error {
	name := "page/filter.js"
	switch {
	case p.Search != nil:
		name = "page/search.js"
		data, err := json.Marshal(p.Search) // with <, > and & escaped
		if err != nil {
			return err
		}
		p.Data = template.JS(data)
	case p.Filter == nil:
		return nil
	}
	script, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	p.Script = template.JS(script)
	p.Policy += "; script-src " + hash(string(script))
	return nil
}

// hash returns the source expression of a Content-Security-Policy for text.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// filter is a form that hides elements by class, without a script, and by their
// text with one.
type filter struct {
	Noun   string // what is filtered, such as "cases"
	Groups []choices
}

// choices is a row of checkboxes.
type choices struct {
	Legend string
	List   []choice
}

// choice shows or hides the elements of the class "is-" and Name. Name is a
// constant of the program: it becomes part of a selector.
type choice struct {
	Name  string
	Text  string
	Count int
}

// css returns the rules that hide what is not checked.
func (f *filter) css() string {
	if f == nil {
		return ""
	}
	var b strings.Builder
	for _, group := range f.Groups {
		for _, c := range group.List {
			fmt.Fprintf(&b, ":root:has(#show-%s:not(:checked)) .is-%[1]s { display: none; }\n", c.Name)
		}
	}
	return b.String()
}

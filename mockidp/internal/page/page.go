package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"sync"
)

// View is one page. Its type is one of those in views.go.
type View interface {
	// frame returns what all pages have.
	frame() *Frame
	// name returns the name of the template file.
	name() string
}

// Frame holds what all pages have.
type Frame struct {
	// Heading is the heading of the page, and its title.
	Heading string

	// Environment is the issuer, shown at the foot of the page.
	Environment string

	// Base is the path of the environment, which links begin with.
	Base string

	// Problems are what was wrong with the last form, shown first.
	Problems []Problem
}

// Problem is something wrong with what was entered.
type Problem struct {
	Field string // the id of the field; empty: no particular one
	Text  string
}

// Problem returns what is wrong with a field, or the empty string.
func (f *Frame) Problem(field string) string {
	for _, p := range f.Problems {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

func (f *Frame) frame() *Frame { return f }

//go:embed html
var files embed.FS

// pages are the parsed templates by file name, and the style sheet with its
// hash for the Content-Security-Policy.
type pages struct {
	templates map[string]*template.Template
	policy    string
}

// Renderer renders views. The zero value is usable. It is safe for concurrent
// use.
type Renderer struct {
	once   sync.Once
	parsed pages
}

// Render answers with the page, which must not be cached. The form of a page
// may lead anywhere: a browser applies form-action to the redirects after a
// form as well, and the last of them leads to the client.
func (r *Renderer) Render(w http.ResponseWriter, status int, v View) {
	r.once.Do(func() { r.parsed = parse() })
	var body bytes.Buffer
	if err := r.parsed.templates[v.name()].Execute(&body, v); err != nil {
		panic(fmt.Sprintf("mockidp: internal error: rendering %s: %v", v.name(), err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", r.parsed.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // The browser may have left.
}

func parse() pages {
	style, err := files.ReadFile("html/style.css")
	if err != nil {
		panic(fmt.Sprintf("mockidp: internal error: %v", err))
	}
	hash := sha256.Sum256(style)
	p := pages{
		templates: make(map[string]*template.Template),
		policy: "default-src 'none'; img-src data:; style-src 'sha256-" +
			base64.StdEncoding.EncodeToString(hash[:]) +
			"'; base-uri 'none'; frame-ancestors 'none'",
	}
	functions := template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}
	for _, v := range views() {
		p.templates[v.name()] = template.Must(template.New("layout.html").Funcs(functions).
			ParseFS(files, "html/layout.html", "html/"+v.name()))
	}
	return p
}

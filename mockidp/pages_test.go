package mockidp_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// wantGoodPage checks what every page promises, and returns it parsed.
func wantGoodPage(t testing.TB, r reply) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(r.body))
	if err != nil {
		t.Fatalf("%s: %v", r.Request.URL, err)
	}
	at := r.Request.URL.Path
	if len(all(doc, "h1")) != 1 || len(all(doc, "main")) != 1 || len(all(doc, "title")) != 1 || attribute(all(doc, "html")[0], "lang") != "en" {
		t.Errorf("%s: want one h1, one main, one title and a language", at)
	}
	policy := r.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s: Content-Security-Policy is %q", at, policy)
	}
	if r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s: Cache-Control is %q, Referrer-Policy %q",
			at, r.Header.Get("Cache-Control"), r.Header.Get("Referrer-Policy"))
	}
	for _, external := range []string{"script", "img", "iframe", "object", "video"} {
		if n := len(all(doc, external)); n > 0 {
			t.Errorf("%s: there are %d elements %s", at, n, external)
		}
	}
	wantLabels(t, at, doc)
	return doc
}

// wantLabels checks that every field has a label, every reference leads
// somewhere and no ID occurs twice.
func wantLabels(t testing.TB, at string, doc *html.Node) {
	t.Helper()
	ids := make(map[string]int)
	var references, labelled []string
	walk(doc, func(n *html.Node) {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
		references = append(references, strings.Fields(attribute(n, "aria-describedby")+" "+attribute(n, "aria-labelledby"))...)
		if to, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok {
			references = append(references, to)
		}
		if to := attribute(n, "for"); to != "" {
			references = append(references, to)
			labelled = append(labelled, to)
		}
	})
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: the id %q occurs %d times", at, id, n)
		}
	}
	for _, to := range references {
		if ids[to] == 0 {
			t.Errorf("%s: %q is referred to and does not exist", at, to)
		}
	}
	for _, field := range append(all(doc, "input"), all(doc, "select")...) {
		switch {
		case attribute(field, "type") == "hidden" || attribute(field, "aria-hidden") == "true":
		case field.Parent.Data == "label":
		case !slices.Contains(labelled, attribute(field, "id")):
			t.Errorf("%s: the field %q has no label", at, attribute(field, "name"))
		}
	}
	for _, button := range all(doc, "button") {
		if text(button) == "" {
			t.Errorf("%s: a button has no text", at)
		}
	}
}

func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		walk(child, visit)
	}
}

// all returns the elements with a name below n.
func all(n *html.Node, name string) []*html.Node {
	var out []*html.Node
	walk(n, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == name {
			out = append(out, n)
		}
	})
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// text returns the text below n with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

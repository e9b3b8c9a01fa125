package present_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/implementations/present"
)

// arrived is where a server found the token, read as applications read it.
func arrived(r *http.Request) map[string]string {
	found := map[string]string{"Authorization": strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "X-Token": r.Header.Get("X-Token")}
	if c, err := r.Cookie("session"); err == nil {
		found["cookie"] = c.Value
	}
	found["query"] = r.URL.Query().Get("id_token")
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		body, _ := io.ReadAll(r.Body)
		found["json"] = string(body)
	}
	found["form"] = r.PostFormValue("id_token")
	return found
}

func TestRequest(t *testing.T) {
	t.Parallel()
	found := make(chan map[string]string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { found <- arrived(r) }))
	defer server.Close()
	for _, test := range []struct{ name, template, token, where, want string }{
		{"bearer", present.Bearer, "a.b.c", "Authorization", "a.b.c"},
		{"an own header", "header:X-Token: {{token}}", "a.b.c", "X-Token", "a.b.c"},
		{"a header with bytes above ASCII", "header:X-Token: {{token}}", "a\xc3\xa9", "X-Token", "a\xc3\xa9"},
		{"cookie", "cookie:session={{token}}", "a.b=", "cookie", "a.b="},
		{"query", "query:tenant=1&id_token={{token}}", "a+b&c\n", "query", "a+b&c\n"},
		{"form", "form:id_token={{token}}&x=1", "a=b%&c d", "form", "a=b%&c d"},
		{"json", `json:{"a":{"id_token":"{{token}}"}}`, "a\"b\x01", "json", `{"a":{"id_token":"a\"b\u0001"}}`},
		{"the empty token", "cookie:session={{token}}", "", "cookie", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			template, err := present.Parse(test.template)
			if err != nil {
				t.Fatal(err)
			}
			if got := template.String(); got != test.template {
				t.Errorf("String() = %q, want %q", got, test.template)
			}
			req, err := template.Request(t.Context(), template.Method(), server.URL+"/me?a=b", test.token)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if got := (<-found)[test.where]; got != test.want {
				t.Errorf("the server finds %q in %s, want %q", got, test.where, test.want)
			}
		})
	}
}

func TestZeroTemplateIsBearer(t *testing.T) {
	t.Parallel()
	var zero present.Template
	req, err := zero.Request(t.Context(), zero.Method(), "http://127.0.0.1/", "a")
	if err != nil {
		t.Fatal(err)
	}
	if got := req.Header.Get("Authorization"); got != "Bearer a" || zero.String() != present.Bearer {
		t.Errorf("Authorization is %q and the template %q", got, zero)
	}
}

// A token that would arrive as another one says nothing about the service.
func TestUnfit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, template, token string }{
		{"more than servers read of a header", present.Bearer, strings.Repeat("a", 8<<10+1)},
		{"a newline in a header", present.Bearer, "a.b.c\n"},
		{"a space in a header, which ends a credential", present.Bearer, "a b"},
		{"a semicolon in a cookie", "cookie:s={{token}}", "a;b"},
		{"a byte above ASCII in a cookie", "cookie:s={{token}}", "a\x80"},
		{"no UTF-8 in a query", "query:s={{token}}", "a\xff"},
		{"no UTF-8 in a form", "form:s={{token}}", "a\xff"},
		{"no UTF-8 in JSON", `json:{"s":"{{token}}"}`, "a\xff"},
	} {
		template, err := present.Parse(test.template)
		if err != nil {
			t.Fatal(err)
		}
		_, err = template.Request(context.Background(), "GET", "http://127.0.0.1/", test.token)
		if _, ok := errors.AsType[*present.UnfitError](err); !ok {
			t.Errorf("%s: error is %v, want an UnfitError", test.name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "bearer", "header:{{token}}", "header:a b: {{token}}", "header:A: x", "cookie:{{token}}", "query:{{token}}", "form:%zz={{token}}",
		`json:{"a":{{token}}}`, `json:"{{token}}{{token}}"`, "path:/{{token}}", "header:A: b\x00{{token}}", "cookie:a=\n{{token}}",
	} {
		if _, err := present.Parse(text); err == nil {
			t.Errorf("Parse(%q) succeeds", text)
		}
	}
}

func FuzzParseRoundTrip(f *testing.F) {
	for _, form := range present.Forms() {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, err := present.Parse(text)
		if err != nil {
			return
		}
		again, err := present.Parse(template.String())
		if err != nil || again != template {
			t.Errorf("Parse(%q) = %v, %v, want %v", template, again, err, template)
		}
	})
}

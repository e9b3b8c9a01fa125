package present_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/assay-id/assay/scenarios/implementations/present"
)

// A field of the caller is not lost, and does not double one of the body.
func TestAdd(t *testing.T) {
	t.Parallel()
	template, err := present.Parse(`json:{"token":"{{token}}"}`)
	if err != nil {
		t.Fatal(err)
	}
	r, err := template.Request(t.Context(), http.MethodPost, "http://127.0.0.1/", "a.b.c")
	if err != nil {
		t.Fatal(err)
	}
	present.Add(r, http.Header{"Host": {"api.example"}, "Content-Type": {"application/vnd.api+json"}, "X-Tenant": {"a", "b"}})
	if r.Host != "api.example" {
		t.Errorf("Host is %q, want the given one", r.Host)
	}
	for name, want := range map[string][]string{"Content-Type": {"application/vnd.api+json"}, "X-Tenant": {"a", "b"}} {
		if got := r.Header[name]; !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

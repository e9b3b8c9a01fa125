package mockidp

import "testing"

func TestCollapse(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":                    "",
		"/":                   "/",
		"//":                  "/",
		"/keys":               "/keys",
		"//keys":              "/keys",
		"/t/a//oauth///token": "/t/a/oauth/token",
		"/keys//":             "/keys/",
		"/a/../b":             "/a/../b",
	} {
		if got := collapse(path); got != want {
			t.Errorf("collapse(%q) = %q, want %q", path, got, want)
		}
	}
}

package mockidp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/signin"
)

// TestLinkInAnotherBrowser opens a link in the browser that asked for it and in
// another one.
func TestLinkInAnotherBrowser(t *testing.T) {
	t.Parallel()
	for _, same := range []bool{false, true} {
		e := newEnvironment(t, startServer(t, mockidp.Config{}), "link", mockidp.EnvironmentConfig{
			LoginPage: true, LinkSameBrowser: same, NoDecoys: true, Signing: []*keyring.Key{keyring.NewSource(1).Key("test", "ES256")},
			Clients: []mockidp.Client{{ID: "skc_1", Secret: "test_1", RedirectURIs: []string{callback}}},
			Users:   []mockidp.User{{ID: "usr_1", Email: "one@example.com"}},
		})
		ask := func() *person {
			return newPerson(t).open(authorization(e)).submit("/login", form("email", "one@example.com")).submit("/login/mail", form("method", "link"))
		}
		mine := ask()
		link := lastMail(t, e).Link
		other := newPerson(t).open(link)
		if same {
			if other.page.StatusCode != http.StatusForbidden || other.heading() != "Open the link in the other browser" {
				t.Errorf("the other browser is at %q (%d)", other.heading(), other.page.StatusCode)
			}
			wantLast(t, e, signin.Failure, "another browser")
			token := parse(t, link).Query().Get("token")
			if r := post(t, other.c, e.Issuer()+"/login/link", form("token", token)); r.StatusCode != http.StatusForbidden {
				t.Errorf("the form of the other browser is answered %d", r.StatusCode)
			}
		} else if !strings.Contains(string(other.page.body), "with another browser") {
			t.Errorf("the other browser is not told what to do: %s", other.page.body)
		}
		mine.open(authorization(e)).submit("/login", form("email", "one@example.com")).submit("/login/mail", form("method", "link"))
		if mine.open(link); strings.Contains(string(mine.page.body), "with another browser") {
			t.Errorf("the browser that asked is told that it is another one: %s", mine.page.body)
		}
		if claims := mine.submit("/login/link", nil).claims(e); claims["sub"] != "usr_1" {
			t.Errorf("the link gives %v", claims)
		}
		if again := mine.open(link); again.page.StatusCode != http.StatusGone {
			t.Errorf("the link can be opened a second time: %d", again.page.StatusCode)
		}
		if !same {
			ask()
			other.open(lastMail(t, e).Link).submit("/login/link", nil)
			if claims := other.claims(e); claims["sub"] != "usr_1" {
				t.Errorf("the other browser gets %v", claims)
			}
		}
	}
}

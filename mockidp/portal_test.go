package mockidp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
)

func TestPortalLink(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	e := only(t, mockidp.EnvironmentConfig{Now: clock.now})
	c := browser(t)
	d := e.Directories()[0]
	_, answer := call(t, c, e, clientToken(t, c, e), "organizations.OrganizationService/GeneratePortalLink", d.OrganizationID)
	var link string
	for _, text := range texts(answer) {
		if strings.HasPrefix(text, e.Issuer()) {
			link = text
		}
	}
	page := get(t, c, link)
	if page.StatusCode != http.StatusOK || !strings.Contains(string(page.body), d.URL) || strings.Contains(string(page.body), d.Secret) {
		t.Errorf("%s answers %d %s, want the directory without its secret", link, page.StatusCode, page.body)
	}
	clock.advance(time.Hour + time.Second)
	if page := get(t, c, link); page.StatusCode != http.StatusNotFound {
		t.Errorf("after an hour, the link answers %d", page.StatusCode)
	}
}

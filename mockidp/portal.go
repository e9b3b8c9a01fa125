package mockidp

import (
	"cmp"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/bounded"
)

// portalPath begins the paths of links to portals.
const portalPath = "/portal/"

// The limits of links to portals.
const (
	maxPortals     = 1 << 10
	portalLifetime = time.Hour
)

// portals remembers the links to portals.
type portals struct {
	mu    sync.Mutex
	links *bounded.Map[string] // IDs of organizations
}

func newPortals() *portals { return &portals{links: bounded.New[string](maxPortals, func() {})} }

// newPortalLink makes a link to the portal of an organization.
func (e *Environment) newPortalLink(organizationID string) directory.PortalLink {
	now := e.cfg.Now()
	id := e.tokens.ids.Token()
	e.portals.mu.Lock()
	defer e.portals.mu.Unlock()
	e.portals.links.Put(id, organizationID, now, now.Add(portalLifetime))
	return directory.PortalLink{ID: id, URL: e.issuer + portalPath + id, Expiry: now.Add(portalLifetime)}
}

// servePortal plays the page where an administrator of an organization
// configures single sign-on and directory sync. Here, both are configured.
func (e *Environment) servePortal(w http.ResponseWriter, id string) {
	e.portals.mu.Lock()
	organizationID, ok := e.portals.links.Get(id, e.cfg.Now())
	e.portals.mu.Unlock()
	o := e.people.Organization(organizationID)
	if !ok || o == nil {
		e.signin.ShowMessage(w, http.StatusNotFound, "This link has expired",
			"A portal link is good for an hour. The application makes another one.")
		return
	}
	var texts []string
	for _, c := range e.people.Connections() {
		if c.OrganizationID == o.ID {
			state := "active"
			if c.Inactive {
				state = "inactive"
			}
			texts = append(texts, fmt.Sprintf("Single sign-on: %s, connection %s, %s", c.Title(), c.ID, state))
		}
	}
	d := e.directoryOf(o.ID)
	texts = append(texts, fmt.Sprintf("Directory sync: %s, directory %s. assay idp ctl directories has its secret.", d.URL, d.ID))
	e.signin.ShowMessage(w, http.StatusOK, "Admin portal of "+cmp.Or(o.Name, o.ID), texts...)
}

package directory

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/assay-id/assay/mockidp/internal/ids"
)

// Resource is an MCP server or an API for which access tokens are issued: a
// protected resource of RFC 9728. A request names it in the parameter resource
// (RFC 8707, 2).
type Resource struct {
	// ID is the first aud of its access tokens, "res_" and digits. Not empty.
	ID string

	// Name is for people. Empty means the ID.
	Name string

	// URL is where the resource is, and the second aud of its access tokens.
	// Empty means that there is none, and no second aud: the environment plays
	// the resource below its issuer.
	URL string

	// Scopes are those that any client may ask for together with the resource.
	Scopes []string

	// OwnIssuer makes the iss of its access tokens the issuer of its
	// authorization server, which ends in /resources/ and the ID, instead of
	// that of the environment. Scalekit issues both.
	OwnIssuer bool
}

// Clone returns a deep copy.
func (r Resource) Clone() Resource {
	r.Scopes = slices.Clone(r.Scopes)
	return r
}

// Audience returns the aud of access tokens for the resource.
func (r *Resource) Audience() []string {
	if r.URL == "" {
		return []string{r.ID}
	}
	return []string{r.ID, r.URL}
}

// Resources returns all resources in the order of the configuration.
func (d *Directory) Resources() []Resource { return d.cfg.Resources }

// Resource returns the resource with the ID, or nil.
func (d *Directory) Resource(id string) *Resource {
	for i := range d.cfg.Resources {
		if r := &d.cfg.Resources[i]; r.ID == id {
			return r
		}
	}
	return nil
}

// completeResources fills in the default resource.
func (c *Config) completeResources(names *ids.Source) {
	if c.Resources == nil {
		c.Resources = []Resource{{
			ID: names.Of("res_", "mcp"), Name: "MCP server", Scopes: []string{"mcp:read", "mcp:write"},
		}}
	}
	c.Resources = slices.Clone(c.Resources)
	for i, r := range c.Resources {
		c.Resources[i] = r.Clone()
	}
}

func (c *Config) validateResources(problem func(string, ...any)) {
	validateNames(problem, "resource", c.Resources, func(x Resource) string { return x.ID })
	for _, r := range c.Resources {
		if r.ID != url.PathEscape(r.ID) {
			problem("resource %q has an ID that does not fit into a path", r.ID)
		}
		if err := validateResourceURL(r.URL); err != nil {
			problem("resource %q: %w", r.ID, err)
		}
	}
}

// validateResourceURL refuses what cannot identify a resource. RFC 8707, 2: an
// absolute URI without a fragment.
func validateResourceURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" {
		return fmt.Errorf("the URL is %q, want an absolute one without a fragment, such as https://mcp.example.com/mcp", text)
	}
	return nil
}

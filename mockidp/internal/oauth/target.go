package oauth

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/directory"
)

// target replaces the parameter resource of a request by the audience that its
// tokens get. fosite knows only the latter.
func (p *provider) target(form url.Values) error {
	for _, named := range form["resource"] {
		r := p.resource(named)
		if r == nil {
			var known []string
			for _, r := range p.resources() {
				known = append(known, r.ID)
			}
			return Refuse("invalid_target", fmt.Sprintf("resource is %s, and the resources of this environment are: %s",
				named, strings.Join(known, ", ")))
		}
		for _, audience := range r.Audience() {
			if !slices.Contains(form["audience"], audience) {
				form.Add("audience", audience)
			}
		}
	}
	return nil
}

// onlyGranted refuses a resource that the login was not granted: a client names
// it when it sends the user to sign in. RFC 8707, 2.2.
func onlyGranted(asked fosite.AccessRequester, form url.Values) error {
	if form.Get("resource") == "" {
		return nil
	}
	granted := asked.GetGrantedAudience()
	if form.Get("grant_type") == directory.GrantCode {
		granted = asked.GetRequestedAudience() // of the authorization request
	}
	for _, audience := range form["audience"] {
		if !granted.Has(audience) {
			return Refuse("invalid_target", "the login was not granted "+audience+
				": the authorization request has to name the resource, too")
		}
	}
	return nil
}

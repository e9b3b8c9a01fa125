package mockidp_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

// provisioner is the identity provider of an organization.
type provisioner struct {
	t      *testing.T
	client *http.Client
	mockidp.SyncDirectory
}

func newProvisioner(t *testing.T, e *mockidp.Environment) provisioner {
	t.Helper()
	return provisioner{t, browser(t), e.Directories()[0]}
}

// do sends a request, and fails the test unless it is answered with the status.
func (p provisioner) do(method, path, body string, status int) map[string]any {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/scim+json")
	r.Header.Set("Authorization", "Bearer "+p.Secret)
	got := do(p.t, p.client, r)
	if got.StatusCode != status {
		p.t.Fatalf("%s %s answers %d %s, want %d", method, path, got.StatusCode, got.body, status)
	}
	if len(got.body) == 0 {
		return nil
	}
	return got.object(p.t)
}

const (
	scimUser  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	scimGroup = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
	scimPatch = `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`
)

// jane provisions a user and returns their ID.
func (p provisioner) jane() string {
	p.t.Helper()
	return p.do(http.MethodPost, "/Users", `{`+scimUser+`,"userName":"jane@example.com","externalId":"00u1","name":{"givenName":"Jane","familyName":"Roe"},"active":true}`,
		http.StatusCreated)["id"].(string)
}

// TestSyncedUser provisions a user who signs in, and deprovisions them in each
// way that identity providers have: every session ends.
func TestSyncedUser(t *testing.T) {
	t.Parallel()
	for name, deprovision := range map[string]func(p provisioner, id string){
		"patch without a path": func(p provisioner, id string) {
			p.do(http.MethodPatch, "/Users/"+id, `{`+scimPatch+`,"Operations":[{"op":"replace","value":{"active":false}}]}`, http.StatusOK)
		},
		"patch": func(p provisioner, id string) {
			p.do(http.MethodPatch, "/Users/"+id, `{`+scimPatch+`,"Operations":[{"op":"replace","path":"active","value":false}]}`, http.StatusOK)
		},
		"replace": func(p provisioner, id string) {
			p.do(http.MethodPut, "/Users/"+id, `{`+scimUser+`,"userName":"jane@example.com","active":false}`, http.StatusOK)
		},
		"delete": func(p provisioner, id string) { p.do(http.MethodDelete, "/Users/"+id, "", http.StatusNoContent) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{})
			p := newProvisioner(t, e)
			id := p.jane()
			rp := relyingParty(e, e.Client())
			got := login(t, p.client, rp, with("login_hint", "jane@example.com"))
			_, claims := decode(t, got.idToken())
			if claims["sub"] != id || claims["oid"] != p.OrganizationID || claims["given_name"] != "Jane" {
				t.Errorf("the claims are %v, want those of %s in %s", claims, id, p.OrganizationID)
			}
			deprovision(p, id)
			wantError(t, refresh(t, p.client, e, got.RefreshToken), http.StatusBadRequest, "invalid_grant")
			if r := getAs(t, p.client, e.Issuer()+"/userinfo", got.AccessToken); r.StatusCode != http.StatusUnauthorized {
				t.Errorf("the access token is answered with %d, want 401", r.StatusCode)
			}
			if to := authorize(t, p.client, rp, "state", with("login_hint", "jane@example.com")); to.Get("code") != "" && name != "delete" {
				t.Errorf("a user who is not active signs in: %v", to)
			}
		})
	}
}

// A user of two organizations leaves one, with their sessions.
func TestSyncedUserOfTwoOrganizations(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{
		Organizations: []mockidp.Organization{{ID: "org_1"}, {ID: "org_2"}},
		Users: []mockidp.User{{ID: "usr_1", Email: "jane@example.com", Memberships: []mockidp.Membership{
			{OrganizationID: "org_1"}, {OrganizationID: "org_2"},
		}}},
	})
	p := newProvisioner(t, e)
	got := login(t, p.client, relyingParty(e, e.Client()))
	p.do(http.MethodDelete, "/Users/usr_1", "", http.StatusNoContent)
	wantError(t, refresh(t, p.client, e, got.RefreshToken), http.StatusBadRequest, "invalid_grant")
	if u := e.User(); u.Inactive || len(u.Memberships) != 1 || u.Memberships[0].OrganizationID != "org_2" {
		t.Errorf("the user is %+v, want an active one of org_2 only", u)
	}
	p.do(http.MethodGet, "/Users/usr_1", "", http.StatusNotFound)
}

// A group is a role of its members' access tokens.
func TestSyncedGroup(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	p := newProvisioner(t, e)
	id := p.jane()
	roles := func() []string {
		t.Helper()
		got := login(t, p.client, relyingParty(e, e.Client()), with("login_hint", "jane@example.com"))
		_, claims := decode(t, got.AccessToken)
		if claims["roles"] == nil {
			return nil
		}
		return audienceOf(claims["roles"])
	}
	group := p.do(http.MethodPost, "/Groups", `{`+scimGroup+`,"displayName":"Engineering","members":[{"value":"`+id+`"}]}`, http.StatusCreated)["id"].(string)
	if got := roles(); !slices.Equal(got, []string{"Engineering"}) {
		t.Errorf("the roles are %q, want the group", got)
	}
	if groups := p.do(http.MethodGet, "/Users/"+id, "", http.StatusOK)["groups"]; groups == nil {
		t.Error("the user has no groups")
	}
	p.do(http.MethodPatch, "/Groups/"+group, `{`+scimPatch+`,"Operations":[{"op":"replace","path":"displayName","value":"Builders"}]}`, http.StatusOK)
	if got := roles(); !slices.Equal(got, []string{"Builders"}) {
		t.Errorf("after a new name, the roles are %q", got)
	}
	p.do(http.MethodPatch, "/Groups/"+group, `{`+scimPatch+`,"Operations":[{"op":"remove","path":"members[value eq \"`+id+`\"]"}]}`, http.StatusOK)
	if got := roles(); got != nil {
		t.Errorf("without a group, the roles are %q", got)
	}
	p.do(http.MethodPatch, "/Groups/"+group, `{`+scimPatch+`,"Operations":[{"op":"add","path":"members","value":[{"value":"`+id+`"}]}]}`, http.StatusOK)
	if got := roles(); !slices.Equal(got, []string{"Builders"}) {
		t.Errorf("after joining again, the roles are %q", got)
	}
	p.do(http.MethodDelete, "/Groups/"+group, "", http.StatusNoContent)
	if got := roles(); got != nil {
		t.Errorf("after the group was deleted, the roles are %q", got)
	}
}

func TestSyncFilters(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	p := newProvisioner(t, e)
	id := p.jane()
	for filter, want := range map[string]float64{
		"": 2, `userName eq "jane@example.com"`: 1, `userName eq "JANE@EXAMPLE.COM"`: 1, `externalId eq "00u1"`: 1,
		`id eq "` + id + `"`: 1, `active eq false`: 0, `emails[value co "john.doe"]`: 1, `userName sw "j" and not (name.familyName eq "Roe")`: 1,
	} {
		got := p.do(http.MethodGet, "/Users?filter="+url.QueryEscape(filter), "", http.StatusOK)
		if got["totalResults"] != want {
			t.Errorf("filter %q finds %v, want %v", filter, got["totalResults"], want)
		}
	}
	if got := p.do(http.MethodGet, "/Users?startIndex=2&count=1", "", http.StatusOK); len(got["Resources"].([]any)) != 1 || got["totalResults"] != 2.0 {
		t.Errorf("the second page is %v", got)
	}
}

func TestSyncRefuses(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	p := newProvisioner(t, e)
	jane := p.jane()
	p.do(http.MethodPost, "/Users", `{`+scimUser+`,"userName":"jane@example.com"}`, http.StatusConflict)
	john := e.User()
	taken := p.do(http.MethodPatch, "/Users/"+jane, `{`+scimPatch+`,"Operations":[{"op":"replace","path":"userName","value":"JOHN.DOE@example.com"}]}`, http.StatusConflict)
	if detail, _ := taken["detail"].(string); !strings.Contains(detail, john.ID) {
		t.Errorf("the refusal is %q, want who has the address", detail)
	}
	p.do(http.MethodPost, "/Users", `{`+scimUser+`}`, http.StatusBadRequest)
	p.do(http.MethodPost, "/Users", `{`, http.StatusBadRequest)
	p.do(http.MethodGet, "/Users/usr_nobody", "", http.StatusNotFound)
	p.do(http.MethodGet, "/Users?filter="+url.QueryEscape(`colour eq "red"`), "", http.StatusBadRequest)
	p.do(http.MethodPost, "/Groups", `{`+scimGroup+`,"displayName":"x","members":[{"value":"usr_nobody"}]}`, http.StatusBadRequest)
	p.do(http.MethodPost, "/Users", `{`+scimUser+`,"userName":"`+strings.Repeat("x", 1<<20)+`@example.com"}`, http.StatusRequestEntityTooLarge)
	p.do(http.MethodGet, "/ServiceProviderConfig", "", http.StatusOK)

	p.Secret = "wrong"
	if got := p.do(http.MethodGet, "/Users", "", http.StatusUnauthorized)["detail"]; !strings.Contains(got.(string), "assay idp ctl directories") {
		t.Errorf("the refusal is %q, want where the secret is", got)
	}
	if r := get(t, p.client, e.Issuer()+"/directories/dir_nobody/scim/v2/Users"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown directory answers %d", r.StatusCode)
	}
}

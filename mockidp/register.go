package mockidp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/request"
	"github.com/assay-id/assay/mockidp/keyring"
)

// The limits of clients that register themselves.
const (
	mostClients  = 1 << 10
	mostMetadata = 16 << 10 // bytes
)

// registration is the metadata of a client that registers. RFC 7591, 2.
type registration struct {
	RedirectURIs []string `json:"redirect_uris"`
	Name         string   `json:"client_name"`
	AuthMethod   string   `json:"token_endpoint_auth_method"`
	GrantTypes   []string `json:"grant_types"`
	Scope        string   `json:"scope"`
}

// serveRegistration registers a client. RFC 7591, 3.
func (e *Environment) serveRegistration(w http.ResponseWriter, r *http.Request) {
	client, asked, err := e.register(w, r)
	if err != nil {
		e.errors.Fail(w, r, err)
		return
	}
	out := keyring.Object{
		{Name: "client_id", Value: client.ID},
		{Name: "client_id_issued_at", Value: e.cfg.Now().Unix()},
		{Name: "redirect_uris", Value: append([]string{}, client.RedirectURIs...)},
		{Name: "client_name", Value: client.Name},
		{Name: "token_endpoint_auth_method", Value: asked.AuthMethod},
		{Name: "grant_types", Value: client.GrantTypes},
		{Name: "response_types", Value: []string{"code"}},
		{Name: "scope", Value: strings.Join(client.Scopes, " ")},
	}
	if !client.Public() {
		out.Set("client_secret", client.Secret)
		out.Set("client_secret_expires_at", 0) // never
	}
	answer.Status(w, http.StatusCreated, out)
}

// register reads the metadata of a client and registers it.
func (e *Environment) register(w http.ResponseWriter, r *http.Request) (Client, registration, error) {
	const invalid = "invalid_client_metadata"
	asked := registration{AuthMethod: "client_secret_basic", GrantTypes: []string{directory.GrantCode, directory.GrantRefresh}}
	body, err := request.Body(w, r)
	if err != nil || len(body) > mostMetadata || json.Unmarshal(body, &asked) != nil {
		return Client{}, asked, oauth.Refuse(invalid, "the body is not the metadata of a client in JSON (RFC 7591, 2)")
	}
	c := Client{RedirectURIs: asked.RedirectURIs, Name: asked.Name, GrantTypes: asked.GrantTypes}
	if asked.Scope != "" {
		c.Scopes = strings.Fields(asked.Scope)
	}
	for _, grant := range c.GrantTypes {
		if !slices.Contains([]string{directory.GrantCode, directory.GrantRefresh, directory.GrantClient}, grant) {
			return c, asked, oauth.Refuse(invalid, fmt.Sprintf("the grant type %q is not supported", grant))
		}
	}
	if len(c.RedirectURIs) == 0 && slices.Contains(c.GrantTypes, directory.GrantCode) {
		return c, asked, oauth.Refuse("invalid_redirect_uri", "redirect_uris is missing, and authorization_code needs one")
	}
	clients := e.people.Clients()
	if len(clients) >= mostClients {
		return c, asked, oauth.Refuse(invalid, fmt.Sprintf("there are %d clients, which is the limit", mostClients))
	}
	name := ""
	for n := len(clients); name == "" || e.people.Client(c.ID) != nil; n++ {
		name = fmt.Sprint("registered ", n)
		c.ID = e.tokens.ids.Of("m2m_", name)
	}
	switch asked.AuthMethod {
	case "none":
	case "client_secret_basic", "client_secret_post":
		c.Secret = e.tokens.ids.Secret(name)
	default:
		return c, asked, oauth.Refuse(invalid, fmt.Sprintf(
			"token_endpoint_auth_method is %q, want none, client_secret_basic or client_secret_post", asked.AuthMethod))
	}
	if err := e.people.PutClient(c); err != nil {
		return c, asked, oauth.Refuse("invalid_redirect_uri", err.Error())
	}
	return *e.people.Client(c.ID), asked, nil
}

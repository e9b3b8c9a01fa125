package signin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/ids"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// Config configures a [Service]. All fields are required, but for the
// switches.
type Config struct {
	Issuer string
	Base   string // the path of the issuer, without a slash at its end
	Now    func() time.Time
	People *directory.Directory
	IDs    *ids.Source

	// Provider returns the protocol.
	Provider func() oauth.Provider

	// MintIdPLogin makes the token of a login that starts at an identity
	// provider.
	MintIdPLogin func(context.Context, IdPClaims) (string, error)

	Pages  *page.Renderer
	Errors *oauth.Reporter

	LoginPage  bool // ask users to sign in
	ModularSSO bool // requests must choose a connection

	// LinkSameBrowser takes a link that was mailed only from the browser that
	// has asked for it.
	LinkSameBrowser bool
}

// Service signs users in to one environment.
type Service struct {
	Config
	views
	chooser
	logins   *logins
	attempts *attempts
}

// views renders the pages, and the errors that are shown as pages.
type views struct{ Config }

// New returns a service without signed-in users.
func New(cfg Config) *Service {
	return &Service{cfg, views{cfg}, chooser{cfg}, newLogins(cfg.Now), &attempts{now: cfg.Now}}
}

// The pages of a login below the issuer. The form that leads to a page shows
// what the page takes.
const (
	loginPath        = "/login"
	passwordPath     = "/login/password"
	mailPath         = "/login/mail"
	codePath         = "/login/code"
	linkPath         = "/login/link"
	providerPath     = "/login/provider"
	organizationPath = "/login/organization"
	secondPath       = "/login/second-factor"
	createPath       = "/login/create"
	outboxPath       = "/outbox"
	portalPath       = PortalPath
)

// PortalPath is the dashboard of an identity provider, where logins can start.
const PortalPath = "/idp"

// openPath opens an application from there without a form.
const openPath = PortalPath + "/open"

// Owns reports whether a path below the issuer is a page of a Service, or is
// kept for one.
func Owns(path string) bool {
	return path == outboxPath || path == portalPath || path == openPath || path == loginPath ||
		strings.HasPrefix(path, loginPath+"/")
}

// Page returns the page at a path below the issuer and the methods that it
// takes, or nil if there is none.
func (v *Service) Page(path string) (methods []string, serve http.HandlerFunc) {
	form := []string{http.MethodGet, http.MethodPost}
	switch path {
	case loginPath:
		return form, v.serveLogin
	case passwordPath:
		return form, v.withPending(v.servePassword)
	case mailPath:
		return []string{http.MethodPost}, v.withPending(v.serveMail)
	case codePath:
		return form, v.withPending(v.serveCode)
	case linkPath:
		return form, v.serveLink
	case providerPath:
		return form, v.withPending(v.serveProvider)
	case organizationPath:
		return form, v.withPending(v.serveOrganization)
	case secondPath:
		return form, v.withPending(v.serveSecond)
	case createPath:
		return form, v.withPending(v.serveCreate)
	case portalPath:
		return form, v.servePortal
	case openPath:
		return []string{http.MethodGet}, v.serveOpen
	case outboxPath:
		return []string{http.MethodGet, http.MethodHead}, v.serveOutbox
	}
	return nil, nil
}

// Session implements [directory.Sessions].
func (v *Service) Session(sid string) (found *directory.Session, state string) {
	return v.Provider().Session(sid)
}

// EndSession implements [directory.Sessions]: it revokes the tokens of a
// session and signs its browsers out.
func (v *Service) EndSession(sid string) {
	v.Provider().EndSession(sid)
	v.logins.forget("", sid)
}

// EndUser revokes all tokens of a user and signs their browsers out.
func (v *Service) EndUser(id string) {
	v.Provider().EndUser(id)
	v.logins.forgetUser(id)
}

// Outbox returns what was mailed, oldest first: the last 200 messages.
func (v *Service) Outbox() []Mail { return v.logins.outbox() }

// pageOf returns the address of a page for a pending login. It has no origin:
// the browser may have come through another listener than the issuer's.
func (v *views) pageOf(path string, p pendingLogin) string {
	return v.Base + path + "?" + url.Values{pendingParameter: {p.id}}.Encode()
}

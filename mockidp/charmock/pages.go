package charmock

import (
	"net/http"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/page"
)

// addPages adds the pages. Forms from pages of other origins are refused.
func (s *Server) addPages(mux *http.ServeMux) {
	same := http.NewCrossOriginProtection()
	for pattern, serve := range map[string]http.HandlerFunc{
		"GET /{$}": s.showSettings, "POST /{$}": s.changeSettings,
		"GET /agent": s.showAgent, "POST /agent": s.askAgent,
	} {
		mux.Handle(pattern, same.Handler(serve))
	}
	mux.HandleFunc("GET /api/identity-providers/config", s.handle(s.configuration))
	mux.Handle("PATCH /api/identity-providers/config", same.Handler(s.handle(s.reconfigure)))
}

func (s *Server) showSettings(w http.ResponseWriter, _ *http.Request) {
	s.renderSettings(w, http.StatusOK, s.settings.current(), &page.CharSettings{})
}

// changeSettings tests or saves what was entered.
func (s *Server) changeSettings(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	asked := Settings{
		Provider: r.PostFormValue("provider"), Issuer: r.PostFormValue("issuer"),
		ClientIDs: []string{r.PostFormValue("client_ids")},
	}.tidy()
	view := &page.CharSettings{}
	switch {
	case asked.Issuer == "":
		view.Problems = append(view.Problems, page.Problem{Field: "issuer", Text: "Enter the issuer URL"})
	case r.PostFormValue("action") == "test":
		view.Test = s.test(r, asked.Issuer)
	case len(asked.ClientIDs) == 0:
		view.Problems = append(view.Problems, page.Problem{Field: "client_ids", Text: "Enter the client ID"})
	default:
		if err := s.settings.save(asked); err != nil {
			view.Problems = append(view.Problems, page.Problem{Field: "issuer", Text: err.Error()})
			break
		}
		view.Saved = true
	}
	status := http.StatusOK
	if len(view.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	s.renderSettings(w, status, asked, view)
}

func (s *Server) renderSettings(w http.ResponseWriter, status int, now Settings, view *page.CharSettings) {
	view.Heading = "SSO configuration"
	view.Issuer, view.ClientIDs = now.Issuer, strings.Join(now.ClientIDs, " ")
	for _, name := range Providers() {
		label := name
		if name == CustomOIDC {
			label = "Custom OIDC"
		}
		view.Providers = append(view.Providers, page.Choice{Value: name, Label: label, Checked: name == now.Provider})
	}
	s.pages.Render(w, status, view)
}

// test probes an issuer.
func (s *Server) test(r *http.Request, issuer string) *page.ConnectionTest {
	found, err := s.probe(r.Context(), issuer)
	out := &page.ConnectionTest{
		Success: err == nil, Issuer: found.Issuer, JWKSURI: found.JWKSURI, CannotSee: found.CannotSee,
	}
	if err != nil {
		out.Error = err.Error()
	}
	for _, c := range found.Checks {
		out.Checks = append(out.Checks, page.ConnectionCheck(c))
	}
	return out
}

func (s *Server) showAgent(w http.ResponseWriter, _ *http.Request) {
	s.renderAgent(w, http.StatusOK, &page.CharAgent{})
}

// askAgent connects with a token that somebody has pasted.
func (s *Server) askAgent(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	view := &page.CharAgent{}
	token := strings.TrimSpace(r.PostFormValue("id_token"))
	if token == "" {
		view.Problems = []page.Problem{{Field: "id_token", Text: "Paste an ID Token"}}
		s.renderAgent(w, http.StatusUnprocessableEntity, view)
		return
	}
	identity, err := s.verify(r.Context(), "pasted", token)
	c := connection{identity: identity, err: err}
	if refusal := c.refusal(); refusal != nil {
		view.Refused = refused(refusal)
	} else {
		view.Who = &page.CharUser{
			UserID: identity.UserID, OrganizationID: identity.OrganizationID, Email: identity.Email, Name: identity.Name,
		}
	}
	s.renderAgent(w, http.StatusOK, view)
}

func refused(r *Refusal) *page.CharRefusal {
	out := &page.CharRefusal{Code: r.Code, Message: r.Message}
	for _, cause := range r.Causes {
		out.Causes = append(out.Causes, page.CharCause(cause))
	}
	return out
}

func (s *Server) renderAgent(w http.ResponseWriter, status int, view *page.CharAgent) {
	view.Heading = "Embedded agent"
	for _, c := range s.log.latest() {
		row := page.CharConnection{Time: c.at, Way: c.way, UserID: c.identity.UserID}
		if refusal := c.refusal(); refusal != nil {
			row.Code, row.Message = refusal.Code, refusal.Message
			if len(refusal.Causes) > 0 {
				row.Cause = refusal.Causes[0].Text
			}
		}
		view.Log = append(view.Log, row)
	}
	s.pages.Render(w, status, view)
}

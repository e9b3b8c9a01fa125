package charmock

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"

	"github.com/assay-id/assay/mockidp/internal/loopback"
)

// component is the web component char-agent.
//
//go:embed char-agent.js
var component []byte

func serveComponent(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Access-Control-Allow-Origin", "*") // modules are fetched with CORS
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(component) // The browser may have left.
}

// allowOrigin lets scripts of an allowed origin read the answer: the origins of
// the keys and, as at Char, every one of this machine.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	known := slices.ContainsFunc(s.cfg.Keys, func(k PublishableKey) bool { return k.admits(origin) })
	if origin == "" || !known && !isLocal(origin) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return true
}

// preflight answers a preflight request of CORS.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	if s.allowOrigin(w, r) {
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
}

// admits reports whether a page of an origin may use the key.
func (k PublishableKey) admits(origin string) bool {
	return slices.Contains(k.Origins, origin) || isLocal(origin)
}

// isLocal reports whether an origin is on this machine.
func isLocal(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return loopback.Host(u.Hostname())
}

package mockidp

import "net/http"

// serveRevoke is the revocation endpoint. Revoking any token revokes all that
// follow from the same login. RFC 7009, 2.
func (e *Environment) serveRevoke(w http.ResponseWriter, r *http.Request) {
	err := e.provider().NewRevocationRequest(r.Context(), r)
	if err == nil && r.PostForm.Get("token") == "" {
		err = refuse("invalid_request", "the form has no token")
	}
	if err != nil {
		e.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

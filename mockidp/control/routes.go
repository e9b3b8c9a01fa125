package control

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/intake"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the description of the API: a document of OpenAPI 3.1 in
// YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

// rootName represents the environment without a name in paths. No environment
// can have that name.
const rootName = "@root"

// refusal is an error caused by the request.
type refusal struct {
	status int
	err    error
}

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Errorf(format, args...)}
}

// invalid refuses a request that can be read but makes no sense.
func invalid(err error) error { return &refusal{http.StatusUnprocessableEntity, err} }

// operation is an endpoint that answers with the JSON of what serve returns,
// and with a problem if that is an error.
type operation struct {
	pattern string
	status  int
	serve   func(*http.Request) (any, error)
}

func (s *Server) operations() []operation {
	return []operation{
		{"GET /listeners", http.StatusOK, s.listeners},
		{"POST /listeners", http.StatusCreated, s.listen},
		{"PUT /listeners/certificate", http.StatusOK, s.certify},
		{"DELETE /loan", http.StatusNoContent, s.giveBack},
		{"GET /environments", http.StatusOK, s.environments},
		{"POST /environments", http.StatusCreated, s.create},
		{"GET /environments/{name}", http.StatusOK, s.in(environment)},
		{"DELETE /environments/{name}", http.StatusNoContent, s.in(s.remove)},
		{"GET /environments/{name}/faults", http.StatusOK, s.in(faults)},
		{"POST /environments/{name}/faults", http.StatusOK, s.in(populate)},
		{"DELETE /environments/{name}/faults", http.StatusNoContent, s.in(resetFaults)},
		{"DELETE /environments/{name}/faults/{id}", http.StatusNoContent, s.in(removeFault)},
		{"PUT /environments/{name}/budget", http.StatusNoContent, s.in(setBudget)},
		{"GET /environments/{name}/applications", http.StatusOK, s.in(applications)},
		{"GET /environments/{name}/keys", http.StatusOK, s.in(keys)},
		{"POST /environments/{name}/keys/rotate", http.StatusOK, s.in(s.rotate)},
		{"POST /environments/{name}/keys/promote", http.StatusOK, s.in(promote)},
		{"POST /environments/{name}/keys/retire", http.StatusOK, s.in(retire)},
		{"PUT /environments/{name}/keys/rotation", http.StatusOK, s.in(s.follow)},
		{"DELETE /environments/{name}/keys/rotation", http.StatusOK, s.in(unfollow)},
		{"PUT /environments/{name}/keys/serving", http.StatusNoContent, s.in(serve)},
		{"GET /environments/{name}/requests", http.StatusOK, s.in(requests)},
		{"POST /environments/{name}/tokens", http.StatusOK, s.in(forged)},
		{"PATCH /environments/{name}/clients/{id}", http.StatusOK, s.in(patchClient)},
		{"DELETE /environments/{name}/clients/{id}", http.StatusNoContent, s.in(removeClient)},
		{"GET /environments/{name}/users", http.StatusOK, s.in(users)},
		{"PATCH /environments/{name}/users/{id}", http.StatusOK, s.in(patchUser)},
		{"DELETE /environments/{name}/users/{id}", http.StatusNoContent, s.in(removeUser)},
		{"GET /environments/{name}/users/{id}/totp", http.StatusOK, s.in(userTOTP)},
		{"POST /environments/{name}/logins", http.StatusOK, s.in(startLogin)},
		{"GET /environments/{name}/organizations", http.StatusOK, s.in(organizations)},
		{"PATCH /environments/{name}/organizations/{id}", http.StatusOK, s.in(patchOrganization)},
		{"GET /environments/{name}/attempts", http.StatusOK, s.in(attempts)},
		{"GET /environments/{name}/outbox", http.StatusOK, s.in(outbox)},
	}
}

// documents are the endpoints that do not answer with JSON, or do more than
// answer.
func (s *Server) documents() map[string]http.Handler {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(&collector{s.idp})
	return map[string]http.Handler{
		"POST /loan":        http.HandlerFunc(s.lend),
		"GET /openapi.yaml": static("application/yaml", OpenAPI),
		"GET /ca.pem":       static("application/pem-certificate-chain", s.idp.CA),
		"GET /metrics":      promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
}

func static(contentType string, text func() []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(text())
	})
}

// routes returns all endpoints.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range s.documents() {
		mux.Handle(pattern, handler)
	}
	for _, o := range s.operations() {
		mux.Handle(o.pattern, o)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound,
			fmt.Errorf("there is no %s %s: see /openapi.yaml", r.Method, r.URL.Path))
	})
	return mux
}

// ServeHTTP implements [http.Handler].
func (o operation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := o.serve(r)
	if err != nil {
		failed(w, err)
		return
	}
	if o.status == http.StatusNoContent {
		w.WriteHeader(o.status)
		return
	}
	write(w, o.status, "application/json", answer)
}

// in finds the environment of a request.
func (s *Server) in(
	serve func(*http.Request, *mockidp.Environment) (any, error),
) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		name := r.PathValue("name")
		if name == rootName {
			name = ""
		}
		e := s.idp.Environment(name)
		if e == nil {
			return nil, refuse(http.StatusNotFound, "there is no environment %q", name)
		}
		return serve(r, e)
	}
}

// read reads the JSON body of a request into out.
func read(r *http.Request, out any) error {
	// A page of another origin can send a form as text/plain without a
	// preflight request.
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType,
			"the Content-Type is %q, want application/json", kind)
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "the body has more than %d bytes",
			tooLarge.Limit)
	case err != nil:
		return refuse(http.StatusBadRequest, "reading the body: %w", err)
	}
	if err := intake.JSON("body", body, out); err != nil {
		return refuse(http.StatusBadRequest, "%w", err)
	}
	return nil
}

// failed answers with a problem whose status depends on err.
func failed(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if refused, ok := errors.AsType[*refusal](err); ok {
		status = refused.status
	}
	problem(w, status, err)
}

func problem(w http.ResponseWriter, status int, err error) {
	write(w, status, "application/problem+json", Problem{
		Title: http.StatusText(status), Status: status, Detail: err.Error(),
	})
}

func write(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("control: internal error: marshalling a %T: %v", v, err))
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

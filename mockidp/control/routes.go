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
	"github.com/assay-id/assay/mockidp/internal/strict"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the description of the API: a document of OpenAPI 3.1 in
// YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

// rootName stands in paths for the environment without a name. It is no name
// that an environment can have.
const rootName = "@root"

// refusal is an error that is the fault of the request.
type refusal struct {
	status int
	err    error
}

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Errorf(format, args...)}
}

// invalid is the refusal of a request that can be read and makes no sense.
func invalid(err error) error { return &refusal{http.StatusUnprocessableEntity, err} }

// routes returns the endpoints.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(openAPI)
	})
	mux.HandleFunc("GET /ca.pem", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(s.idp.CA())
	})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(&collector{s.idp})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	handle(mux, "GET /listeners", http.StatusOK, s.listeners)
	handle(mux, "POST /listeners", http.StatusCreated, s.listen)
	handle(mux, "GET /environments", http.StatusOK, s.environments)
	handle(mux, "POST /environments", http.StatusCreated, s.create)
	handle(mux, "GET /environments/{name}", http.StatusOK, s.in(environment))
	handle(mux, "DELETE /environments/{name}", http.StatusNoContent, s.in(s.remove))
	handle(mux, "GET /environments/{name}/faults", http.StatusOK, s.in(faults))
	handle(mux, "POST /environments/{name}/faults", http.StatusOK, s.in(populate))
	handle(mux, "DELETE /environments/{name}/faults", http.StatusNoContent, s.in(resetFaults))
	handle(mux, "DELETE /environments/{name}/faults/{id}", http.StatusNoContent, s.in(removeFault))
	handle(mux, "PUT /environments/{name}/budget", http.StatusNoContent, s.in(setBudget))
	handle(mux, "GET /environments/{name}/applications", http.StatusOK, s.in(applications))
	handle(mux, "GET /environments/{name}/keys", http.StatusOK, s.in(keys))
	handle(mux, "POST /environments/{name}/keys/rotate", http.StatusOK, s.in(s.rotate))
	handle(mux, "POST /environments/{name}/keys/promote", http.StatusOK, s.in(promote))
	handle(mux, "POST /environments/{name}/keys/retire", http.StatusOK, s.in(retire))
	handle(mux, "PUT /environments/{name}/keys/rotation", http.StatusOK, s.in(s.follow))
	handle(mux, "DELETE /environments/{name}/keys/rotation", http.StatusOK, s.in(unfollow))
	handle(mux, "GET /environments/{name}/requests", http.StatusOK, s.in(requests))
	handle(mux, "GET /environments/{name}/users", http.StatusOK, s.in(users))
	handle(mux, "GET /environments/{name}/outbox", http.StatusOK, s.in(outbox))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, fmt.Errorf("there is no %s %s: see /openapi.yaml", r.Method, r.URL.Path))
	})
	return mux
}

// handle answers with the JSON of what serve returns, and with a problem if it
// returns an error.
func handle(mux *http.ServeMux, pattern string, status int, serve func(*http.Request) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		answer, err := serve(r)
		refused := &refusal{status: http.StatusInternalServerError}
		switch {
		case errors.As(err, &refused), err != nil:
			problem(w, refused.status, err)
		case status == http.StatusNoContent:
			w.WriteHeader(status)
		default:
			write(w, status, "application/json", answer)
		}
	})
}

// in finds the environment of a request.
func (s *Server) in(serve func(*http.Request, *mockidp.Environment) (any, error)) func(*http.Request) (any, error) {
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
	// A form of a foreign page can be sent as text/plain without asking.
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "the Content-Type is %q, want application/json", kind)
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "the body has more than %d octets", tooLarge.Limit)
	case err != nil:
		return refuse(http.StatusBadRequest, "reading the body: %w", err)
	}
	if err := strict.JSON(body, out); err != nil {
		return refuse(http.StatusBadRequest, "%w", err)
	}
	return nil
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

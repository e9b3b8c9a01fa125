package control

import (
	"net/http"
	"net/url"

	"github.com/assay-id/assay/mockidp"
)

func startLogin(r *http.Request, e *mockidp.Environment) (any, error) {
	var asked LoginStart
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	to, err := started(r, e, asked)
	if err != nil {
		return nil, invalid(err)
	}
	return Started{to}, nil
}

func started(r *http.Request, e *mockidp.Environment, asked LoginStart) (string, error) {
	if from := asked.IdP; from != nil {
		return e.IdPInitiatedLogin(r.Context(), mockidp.IdPLogin{
			ClientID: asked.ClientID, UserID: from.UserID, ConnectionID: from.ConnectionID, RelayState: from.RelayState,
		})
	}
	query := make(url.Values)
	for name, value := range asked.Query {
		query.Set(name, value)
	}
	return e.InitiateLogin(asked.ClientID, query)
}

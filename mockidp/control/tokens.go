package control

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/assay-id/assay/mockidp"
)

func forged(r *http.Request, e *mockidp.Environment) (any, error) {
	var order Order
	if err := read(r, &order); err != nil {
		return nil, err
	}
	request := make(url.Values)
	for name, value := range order.Request {
		request.Set(name, value)
	}
	token, err := e.Forge(cmp.Or(order.Kind, mockidp.IDToken), request, order.Change)
	if err != nil {
		return nil, invalid(err)
	}
	return Forged{token.String()}, nil
}

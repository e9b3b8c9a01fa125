package control

import (
	"encoding/json"
	"net/http"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/intake"
)

// planted is a list of faults.
type planted struct {
	Faults []fault.Fault `json:"faults"`
}

func faults(_ *http.Request, e *mockidp.Environment) (any, error) {
	return planted{list(e.Faults().Faults())}, nil
}

func populate(r *http.Request, e *mockidp.Environment) (any, error) {
	var asked planted
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if err := e.Faults().Populate(asked.Faults...); err != nil {
		return nil, invalid(err)
	}
	return faults(r, e)
}

func resetFaults(_ *http.Request, e *mockidp.Environment) (any, error) {
	e.Faults().Reset()
	return nil, nil
}

func removeFault(r *http.Request, e *mockidp.Environment) (any, error) {
	if id := r.PathValue("id"); !e.Faults().Remove(id) {
		return nil, refuse(http.StatusNotFound, "there is no fault %q", id)
	}
	return nil, nil
}

// Budget is the JSON form of a [fault.Budget].
type Budget struct {
	InARow int `json:"in_a_row"`
	Total  int `json:"total"`
}

func setBudget(r *http.Request, e *mockidp.Environment) (any, error) {
	var b Budget
	if err := read(r, &b); err != nil {
		return nil, err
	}
	if err := e.Faults().SetBudget(fault.Budget{InARow: b.InARow, Total: b.Total}); err != nil {
		return nil, invalid(err)
	}
	return nil, nil
}

func applications(r *http.Request, e *mockidp.Environment) (any, error) {
	f, err := readFilter(r)
	if err != nil {
		return nil, err
	}
	out := struct {
		Applications []Application `json:"applications"`
	}{[]Application{}}
	for _, a := range e.Faults().Applications() {
		if !f.admits(a.Number, a.FaultID, string(a.Request.Endpoint), a.Request.ClientID,
			a.Request.UserAgent) {
			continue
		}
		out.Applications = append(out.Applications, Application{
			Number: a.Number, At: a.At, FaultID: a.FaultID, Kind: a.Kind,
			Endpoint: a.Request.Endpoint, Path: a.Request.Path, ClientID: a.Request.ClientID, UserAgent: a.Request.UserAgent,
			Token: a.Request.Token, UserID: a.Request.UserID, OrganizationID: a.Request.OrganizationID,
			Before: a.Before, After: a.After, Problem: a.Problem,
		})
	}
	out.Applications = latest(out.Applications, f.Limit)
	return out, nil
}

// ParseFaults reads a file with a list of faults, {"faults":[…]}, or with one
// fault, as strictly as the API reads a body. name is used in errors.
func ParseFaults(name string, text []byte) ([]fault.Fault, error) {
	var members map[string]json.RawMessage
	if err := intake.JSON(name, text, &members); err != nil {
		return nil, err
	}
	if _, list := members["faults"]; list {
		var p planted
		err := intake.JSON(name, text, &p)
		return p.Faults, err
	}
	var one fault.Fault
	if err := intake.JSON(name, text, &one); err != nil {
		return nil, err
	}
	return []fault.Fault{one}, nil
}

package directory

import (
	"slices"
	"strings"
)

// The field numbers in this file are those of Scalekit's public protocol
// buffers, package scalekit.v1.connections.

// connectionKinds are the values of ConnectionType.
var connectionKinds = map[ConnectionType]uint64{
	ConnectionPassword: 3, ConnectionSocial: 4, ConnectionPasswordless: 5, ConnectionEnterprise: 1, // OIDC
}

// connectionProviders are the values of ConnectionProvider.
var connectionProviders = map[string]uint64{
	"okta": 1, "google": 2, "microsoft_ad": 3, "auth0": 4, "onelogin": 5, "ping_identity": 6, "jumpcloud": 7,
	"github": 9, "gitlab": 10, "linkedin": 11, "salesforce": 12, "microsoft": 13, "": 15,
}

// connectionProvider returns the value of a provider: CUSTOM if it has no other.
func (c *Connection) connectionProvider() uint64 {
	const custom = 8
	if value, ok := connectionProviders[c.Provider]; ok {
		return value
	}
	return custom
}

// completed is the status of everything that exists here.
const completed = 3

// proto returns the fields that connections.ListConnection and
// connections.Connection have in common.
func (c *Connection) proto() protoMessage {
	var m protoMessage
	m.text(1, c.ID)
	m.number(2, c.connectionProvider())
	m.number(3, connectionKinds[c.Type])
	m.number(4, completed)
	m.flag(5, !c.Inactive)
	return m
}

func (s *SDK) listConnections(request protoFields) (protoMessage, error) {
	const organizationID, domain, include = 1, 3, 4
	if id := request[organizationID]; id != "" {
		if _, err := s.organization(id); err != nil {
			return nil, err
		}
	}
	var answer protoMessage
	for _, c := range s.People.Connections() {
		switch {
		case request[organizationID] != "" && c.OrganizationID != request[organizationID],
			request[domain] != "" && !slices.Contains(c.Domains, strings.ToLower(request[domain])),
			c.Inactive && request[include] != "all":
			continue
		}
		m := c.proto()
		m.text(6, c.OrganizationID)
		m.text(7, c.Title())
		for _, d := range c.Domains {
			m.text(8, d)
		}
		if o := s.People.Organization(c.OrganizationID); o != nil {
			m.text(9, o.Name)
		}
		m.text(10, strings.ToUpper(c.Provider))
		answer.message(1, m)
	}
	return answer, nil
}

func (s *SDK) getConnection(request protoFields) (protoMessage, error) {
	const organizationID, id = 1, 3
	for _, c := range s.People.Connections() {
		if c.ID != request[id] || request[organizationID] != c.OrganizationID {
			continue
		}
		m := c.proto()
		m.text(7, c.OrganizationID)
		m.text(8, c.Title())
		m.text(23, strings.ToUpper(c.Provider))
		for _, d := range c.Domains {
			var domain protoMessage
			domain.text(2, d)
			m.message(24, domain)
		}
		var answer protoMessage
		answer.message(1, m)
		return answer, nil
	}
	return nil, grpcRefuse(grpcNotFound, "the organization %q has no connection %q", request[organizationID], request[id])
}

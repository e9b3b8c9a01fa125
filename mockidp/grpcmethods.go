package mockidp

import "cmp"

// The field numbers in this file are those of Scalekit's public protocol
// buffers, packages scalekit.v1.organizations, users, sessions and commons.

func (e *Environment) grpcGetOrganization(request protoFields) (protoMessage, error) {
	const id, externalID = 1, 2
	asked := cmp.Or(request[id], request[externalID])
	o := e.people.organization(asked)
	if o == nil {
		return nil, grpcRefuse(grpcNotFound, "there is no organization %q", asked)
	}
	var answer protoMessage
	answer.message(1, o.proto())
	return answer, nil
}

func (e *Environment) grpcListOrganizations(protoFields) (protoMessage, error) {
	var answer protoMessage
	all := e.people.allOrganizations()
	answer.number(2, uint64(len(all)))
	for _, o := range all {
		answer.message(3, o.proto())
	}
	return answer, nil
}

// proto returns an organizations.Organization.
func (o *Organization) proto() protoMessage {
	var m protoMessage
	m.text(1, o.ID)
	m.text(4, cmp.Or(o.Name, o.ID))
	m.text(6, o.ExternalID)
	return m
}

func (e *Environment) grpcGetUser(request protoFields) (protoMessage, error) {
	const id, externalID = 1, 2
	asked := cmp.Or(request[id], request[externalID])
	for _, u := range e.people.allUsers() {
		if u.ID == asked || asked != "" && u.ExternalID == asked {
			var answer protoMessage
			answer.message(1, e.protoUser(u))
			return answer, nil
		}
	}
	return nil, grpcRefuse(grpcNotFound, "there is no user %q", asked)
}

func (e *Environment) grpcListUsers(protoFields) (protoMessage, error) {
	var answer protoMessage
	all := e.people.allUsers()
	for _, u := range all {
		answer.message(1, e.protoUser(u))
	}
	answer.number(3, uint64(len(all)))
	return answer, nil
}

func (e *Environment) grpcListOrganizationUsers(request protoFields) (protoMessage, error) {
	const organizationID = 1
	if e.people.organization(request[organizationID]) == nil {
		return nil, grpcRefuse(grpcNotFound, "there is no organization %q", request[organizationID])
	}
	var members protoMessage
	var total uint64
	for _, u := range e.people.allUsers() {
		if u.membership(request[organizationID]) != nil {
			members.message(3, e.protoUser(u))
			total++
		}
	}
	var answer protoMessage
	answer.number(2, total)
	return append(answer, members...), nil
}

// protoUser returns a users.User.
func (e *Environment) protoUser(u *User) protoMessage {
	var profile protoMessage
	profile.text(2, u.GivenName)
	profile.text(3, u.FamilyName)
	profile.text(4, u.Name)
	profile.flag(6, u.EmailVerified)

	var m protoMessage
	m.text(1, u.ID)
	m.text(2, e.ids.of("env_", "environment"))
	m.text(5, u.Email)
	m.text(6, u.ExternalID)
	for _, membership := range u.Memberships {
		m.message(7, e.protoMembership(membership))
	}
	m.message(8, profile)
	return m
}

// protoMembership returns a commons.OrganizationMembership.
func (e *Environment) protoMembership(membership Membership) protoMessage {
	const active = 1
	var m protoMessage
	m.text(1, membership.OrganizationID)
	m.number(3, active)
	for _, name := range membership.Roles {
		var role protoMessage
		role.text(1, e.ids.of("role_", name))
		role.text(2, name)
		role.text(3, name)
		m.message(4, role)
	}
	if o := e.people.organization(membership.OrganizationID); o != nil {
		m.text(5, cmp.Or(o.Name, o.ID))
	}
	for _, permission := range membership.Permissions {
		m.text(15, permission)
	}
	return m
}

func (e *Environment) grpcGetSession(request protoFields) (protoMessage, error) {
	s, status := e.store().session(request[1])
	if s == nil {
		return nil, grpcRefuse(grpcNotFound, "there is no session %q", request[1])
	}
	var m protoMessage
	m.text(1, s.sid)
	m.text(2, s.user.ID)
	if s.org != nil {
		m.text(3, s.org.ID)
		m.text(4, s.org.ID)
	}
	m.time(5, s.authTime)
	m.text(11, status)
	return m, nil
}

func (e *Environment) grpcRevokeSession(request protoFields) (protoMessage, error) {
	s, _ := e.store().session(request[1])
	if s == nil {
		return nil, grpcRefuse(grpcNotFound, "there is no session %q", request[1])
	}
	e.revokeSession(s.sid)
	var revoked protoMessage
	revoked.text(1, s.sid)
	revoked.text(2, s.user.ID)
	revoked.time(5, s.authTime)
	revoked.text(11, sessionRevoked)
	var answer protoMessage
	answer.message(1, revoked)
	return answer, nil
}

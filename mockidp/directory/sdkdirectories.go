package directory

import "time"

// The field numbers in this file are those of Scalekit's public protocol
// buffers, packages scalekit.v1.directories and scalekit.v1.organizations.

// Sync is the directory sync of an organization.
type Sync struct {
	ID, URL string
	Users   []*User
	Groups  []SyncGroup
}

// SyncGroup is a group of a directory.
type SyncGroup struct {
	ID, Name string
	Members  []string // IDs of users
}

func (s *SDK) listDirectories(request protoFields) (protoMessage, error) {
	const organizationID = 1
	found, err := s.directoryOf(request[organizationID], "")
	if err != nil {
		return nil, err
	}
	var answer protoMessage
	answer.message(1, found.proto(request[organizationID]))
	return answer, nil
}

func (s *SDK) getDirectory(request protoFields) (protoMessage, error) {
	const id, organizationID = 1, 2
	found, err := s.directoryOf(request[organizationID], request[id])
	if err != nil {
		return nil, err
	}
	var answer protoMessage
	answer.message(1, found.proto(request[organizationID]))
	return answer, nil
}

func (s *SDK) listDirectoryUsers(request protoFields) (protoMessage, error) {
	const organizationID, directoryID, groupID = 1, 2, 6
	found, err := s.directoryOf(request[organizationID], request[directoryID])
	if err != nil {
		return nil, err
	}
	var users protoMessage
	var total uint64
	for _, u := range found.Users {
		var groups protoMessage
		in := request[groupID] == ""
		for _, g := range found.groupsOf(u.ID) {
			groups.message(17, g.proto())
			in = in || g.ID == request[groupID]
		}
		if !in {
			continue
		}
		total++
		var m protoMessage
		m.text(1, u.ID)
		m.text(2, u.Email)
		m.text(3, u.Email)
		m.text(4, u.GivenName)
		m.text(5, u.FamilyName)
		m.text(16, u.Email)
		users.message(1, append(m, groups...))
	}
	users.number(2, total)
	return users, nil
}

func (s *SDK) listDirectoryGroups(request protoFields) (protoMessage, error) {
	const organizationID, directoryID = 1, 2
	found, err := s.directoryOf(request[organizationID], request[directoryID])
	if err != nil {
		return nil, err
	}
	var answer protoMessage
	for _, g := range found.Groups {
		answer.message(1, g.proto())
	}
	answer.number(2, uint64(len(found.Groups)))
	return answer, nil
}

// directoryOf returns the directory of an organization, whose ID must be id
// unless that is empty.
func (s *SDK) directoryOf(organizationID, id string) (Sync, error) {
	if _, err := s.organization(organizationID); err != nil {
		return Sync{}, err
	}
	found := s.Directory(organizationID)
	if id != "" && id != found.ID {
		return Sync{}, grpcRefuse(grpcNotFound, "the organization %q has no directory %q, but %q", organizationID, id, found.ID)
	}
	return found, nil
}

// groupsOf returns the groups of a user.
func (d *Sync) groupsOf(userID string) []SyncGroup {
	var in []SyncGroup
	for _, g := range d.Groups {
		for _, member := range g.Members {
			if member == userID {
				in = append(in, g)
			}
		}
	}
	return in
}

// proto returns a directories.Directory.
func (d *Sync) proto(organizationID string) protoMessage {
	const scim, okta = 1, 1
	var m protoMessage
	m.text(1, d.ID)
	m.text(2, "SCIM")
	m.number(3, scim)
	m.text(4, organizationID)
	m.flag(5, true)
	m.number(6, okta)
	m.text(8, d.URL)
	m.number(9, uint64(len(d.Users)))
	m.number(10, uint64(len(d.Groups)))
	m.text(15, "COMPLETED")
	return m
}

// proto returns a directories.DirectoryGroup.
func (g SyncGroup) proto() protoMessage {
	var m protoMessage
	m.text(1, g.ID)
	m.text(2, g.Name)
	m.number(3, uint64(len(g.Members)))
	return m
}

// PortalLink is a link to the page where an administrator of an organization
// configures single sign-on and directory sync.
type PortalLink struct {
	ID, URL string
	Expiry  time.Time
}

func (s *SDK) generatePortalLink(request protoFields) (protoMessage, error) {
	const id = 1
	o, err := s.organization(request[id])
	if err != nil {
		return nil, err
	}
	made := s.Portal(o.ID)
	var link protoMessage
	link.text(1, made.ID)
	link.text(2, made.URL)
	link.time(3, made.Expiry)
	var answer protoMessage
	answer.message(1, link)
	return answer, nil
}

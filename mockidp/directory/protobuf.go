package directory

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// protoFields are the strings of a message by field number. No call that is
// answered here needs any other field.
type protoFields map[protowire.Number]string

func parseProto(message []byte) (protoFields, bool) {
	fields := make(protoFields)
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, false
		}
		message = message[n:]
		if kind == protowire.BytesType {
			value, n := protowire.ConsumeBytes(message)
			if n < 0 {
				return nil, false
			}
			fields[number], message = string(value), message[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return nil, false
		}
		message = message[n:]
	}
	return fields, true
}

// protoMessage is a message that is being written. Zero values are left out,
// as in proto3.
type protoMessage []byte

func (m *protoMessage) text(number protowire.Number, value string) {
	if value != "" {
		*m = protowire.AppendString(protowire.AppendTag(*m, number, protowire.BytesType), value)
	}
}

func (m *protoMessage) number(number protowire.Number, value uint64) {
	if value != 0 {
		*m = protowire.AppendVarint(protowire.AppendTag(*m, number, protowire.VarintType), value)
	}
}

func (m *protoMessage) flag(number protowire.Number, value bool) {
	m.number(number, protowire.EncodeBool(value))
}

func (m *protoMessage) message(number protowire.Number, value protoMessage) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, number, protowire.BytesType), value)
}

// time adds a google.protobuf.Timestamp.
func (m *protoMessage) time(number protowire.Number, at time.Time) {
	if !at.IsZero() {
		var stamp protoMessage
		stamp.number(1, uint64(at.Unix()))
		m.message(number, stamp)
	}
}

# frozen_string_literal: true

# An adapter for json-jwt, set up as its documentation advises: decode gets
# the JWK Set and the algorithms, and IdToken of openid_connect, the library
# for Relying Parties by the same author, checks the claims. It knows no leeway.
# Keys are fetched in protocol.rb.

require_relative 'protocol'
require 'openid_connect'

DESCRIPTION = {
  name: 'json-jwt', version: Gem.loaded_specs['json-jwt'].version.to_s,
  setup: 'decode with the JWK Set and algorithms; IdToken of openid_connect with verify!',
  capabilities: %w[static shared idp clock state load seed trap nonce rs384 rs512 ps256 ps384 ps512 es256 es384 es512]
}.freeze

ID_TOKEN = OpenIDConnect::ResponseObject::IdToken

# What the two libraries tell apart; the first class that fits decides.
REASONS = {
  ID_TOKEN::ExpiredToken => 'TOKEN_EXPIRED', ID_TOKEN::InvalidIssuer => 'INVALID_ISSUER',
  ID_TOKEN::InvalidAudience => 'INVALID_AUDIENCE', ID_TOKEN::InvalidNonce => 'INVALID_NONCE',
  AttrRequired::AttrMissing => 'MISSING_CLAIM', JSON::JWK::Set::KidNotFound => 'KEY_NOT_FOUND',
  JSON::JWK::UnknownAlgorithm => 'KEY_UNUSABLE', JSON::JWT::UnexpectedAlgorithm => 'ALG_NOT_ALLOWED',
  JSON::JWT::VerificationFailed => 'INVALID_SIGNATURE', JSON::JWT::InvalidFormat => 'MALFORMED_TOKEN'
}.freeze

class Verifier
  def initialize(setup)
    @setup = setup
    @keys = Assay::KeySource.new(setup)
  end

  def call(token, input)
    jwt = decode(token)
    ID_TOKEN.new(jwt).verify!(issuer: @setup['issuer'], audience: audience(jwt), nonce: input['nonce'])
    jwt
  end

  private

  def decode(token)
    algorithms = Assay.algorithms(@setup).map(&:to_sym)
    JSON::JWT.decode(token, JSON::JWK::Set.new(@keys.current), algorithms)
  rescue JSON::JWK::Set::KidNotFound
    JSON::JWT.decode(token, JSON::JWK::Set.new(@keys.renewed), algorithms)
  end

  # verify! takes one audience, so it gets the client ID that the token names.
  def audience(jwt)
    (@setup['audience'] & Array(jwt[:aud])).first || @setup['audience'].first
  end
end

reason_of = ->(e) { REASONS.find { |kind, _| e.is_a?(kind) }&.last }
Assay.serve(DESCRIPTION, reason_of) { |setup| Verifier.new(setup) }

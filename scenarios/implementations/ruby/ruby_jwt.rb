# frozen_string_literal: true

# An adapter for ruby-jwt, set up as its documentation advises: decode gets a
# loader of the JWK Set that fetches it again at most every five minutes for a
# kid that it lacks, algorithms, iss, aud, leeway and the required claims. It
# fetches nothing itself, so protocol.rb does.

require_relative 'protocol'
require 'jwt'

DESCRIPTION = {
  name: 'ruby-jwt', version: Gem.loaded_specs['jwt'].version.to_s,
  setup: 'decode with algorithms, iss, aud, verify_iat, leeway, required_claims and a loader of the JWK Set',
  capabilities: %w[static shared idp clock state load seed trap rs384 rs512 ps256 ps384 ps512 es256 es384 es512]
}.freeze

# What ruby-jwt tells apart; the first class that fits decides.
REASONS = {
  JWT::ExpiredSignature => 'TOKEN_EXPIRED', JWT::ImmatureSignature => 'TOKEN_NOT_YET_VALID',
  JWT::InvalidIssuerError => 'INVALID_ISSUER', JWT::InvalidAudError => 'INVALID_AUDIENCE',
  JWT::InvalidIatError => 'INVALID_ISSUED_AT', JWT::MissingRequiredClaim => 'MISSING_CLAIM',
  JWT::VerificationError => 'INVALID_SIGNATURE', JWT::IncorrectAlgorithm => 'ALG_NOT_ALLOWED',
  JWT::JWKError => 'KEY_UNUSABLE'
}.freeze

class Verifier
  def initialize(setup)
    @cached_keys = JSON.parse(setup['jwk_set']) if setup['jwk_set']
    @provider = Assay::Provider.new(setup)
    strict = setup['policy'] == 'strict'
    @options = {
      algorithms: Assay.algorithms(setup), leeway: Assay.leeway(setup),
      iss: setup['issuer'], verify_iss: true, aud: setup['audience'], verify_aud: true, verify_iat: strict,
      required_claims: %w[exp sub iss aud] + (strict ? %w[iat] : []),
      jwks: setup['jwk_set'] ? @cached_keys : method(:load_keys)
    }
  end

  def call(token, _input)
    claims, = JWT.decode(token, nil, true, @options)
    claims
  end

  private

  # The loader of the documentation of ruby-jwt.
  def load_keys(options)
    @cached_keys = nil if options[:kid_not_found] && @cache_last_update < Time.now.to_i - 300
    @cached_keys ||= begin
      @cache_last_update = Time.now.to_i
      @provider.jwk_set
    end
  end
end

reason_of = ->(e) { REASONS.find { |kind, _| e.is_a?(kind) }&.last }
Assay.serve(DESCRIPTION, reason_of) { |setup| Verifier.new(setup) }

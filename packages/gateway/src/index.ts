export { type Gateway, startGateway } from './gateway.ts';
export type {
  AuthenticationMethod,
  DatasourceOptions,
  ExplainRequest,
  Explanation,
  GatewayLimits,
  GatewayOptions,
  ListenerOptions,
  ListenerTls,
  SocketAddress,
  UpstreamCredentials,
  UpstreamTls,
} from './options.ts';

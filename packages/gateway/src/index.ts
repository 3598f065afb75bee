export { type Gateway, startGateway } from './gateway.ts';
export type {
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

export type {
  Catalog,
  CatalogColumn,
  CatalogFunction,
  CatalogOperator,
  CatalogRelation,
  CatalogSource,
  CatalogType,
  RelationKind,
} from './catalog/catalog.ts';
export { catalogFromJson, catalogToJson } from './catalog/catalog-snapshot.ts';
export { readPostgresCatalog } from './catalog/read-catalog.ts';
export { parseSearchPath } from './catalog/search-path.ts';
export { countElements } from './lineage/compared-constants.ts';
export { type BuiltinSafety, builtinSafety } from './postgres/builtin-functions.ts';
export { loadPostgresParser, normalisePostgres } from './postgres/parser.ts';
export { selectOfFunction } from './postgres/select-of-function.ts';
export { sensitiveColumn } from './postgres/sensitive-relations.ts';
export { type SettingKind, settingKind } from './postgres/settings.ts';
export { understandPostgres } from './postgres/understand-postgres.ts';
export type { Expression } from './query-form/expression.ts';
export type { Query } from './query-form/query.ts';
export type { Relation } from './query-form/relation.ts';
export { type UnderstandingContext, UnparsedError } from './understand.ts';

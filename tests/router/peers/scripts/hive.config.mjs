// What @graphql-hive/gateway is started with: nothing but the gateway.
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({ landingPage: false, graphiql: false });

DROP TABLE simulated_provider;

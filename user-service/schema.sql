-- Generated from migrations/ by `npm run schema`: what the tables look like after 0013_acts.

CREATE TABLE `acts` (
  `id` char(36) NOT NULL,
  `at` datetime(3) NOT NULL,
  `service` varchar(64) NOT NULL,
  `act` varchar(64) NOT NULL,
  `user_id` char(36) NOT NULL,
  `username` varchar(64) NOT NULL,
  `role` varchar(16) NOT NULL,
  `address` varchar(45) NOT NULL,
  `kind` varchar(32) NOT NULL,
  `subject` varchar(128) NOT NULL,
  `order_id` char(36) DEFAULT NULL,
  `reason` varchar(500) DEFAULT NULL,
  `detail` varchar(500) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `acts_by_username` (`username`,`id`),
  KEY `acts_by_act` (`act`,`id`),
  KEY `acts_by_subject` (`subject`,`id`),
  KEY `acts_by_order` (`order_id`,`id`),
  KEY `acts_by_age` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `idempotency_keys` (
  `scope` varchar(200) NOT NULL,
  `key` varchar(255) NOT NULL,
  `fingerprint` char(64) NOT NULL,
  `status` int(11) DEFAULT NULL,
  `headers` longtext DEFAULT NULL,
  `body` longtext DEFAULT NULL,
  `created_at` datetime(3) NOT NULL DEFAULT current_timestamp(3),
  PRIMARY KEY (`scope`,`key`),
  KEY `keys_by_age` (`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `known_addresses` (
  `username` varchar(64) NOT NULL,
  `address` char(32) NOT NULL,
  `last_at` datetime(3) NOT NULL,
  PRIMARY KEY (`username`,`address`),
  KEY `addresses_by_age` (`last_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `login_attempts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `username` varchar(64) NOT NULL,
  `ip` varchar(45) NOT NULL,
  `at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `attempts_by_username` (`username`,`at`),
  KEY `attempts_by_ip` (`ip`,`at`),
  KEY `attempts_by_age` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `outbox` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `event_id` char(36) NOT NULL,
  `aggregatetype` varchar(64) NOT NULL,
  `aggregateid` varchar(64) NOT NULL,
  `type` varchar(64) NOT NULL,
  `sequence` int(11) NOT NULL,
  `time` datetime(3) NOT NULL,
  `traceparent` varchar(64) DEFAULT NULL,
  `payload` longtext NOT NULL,
  `specversion` varchar(8) NOT NULL DEFAULT '1.0',
  `time_text` varchar(32) GENERATED ALWAYS AS (concat(replace(cast(`time` as char(23) charset utf8mb4),' ','T'),'Z')) STORED,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `sessions` (
  `id` char(36) NOT NULL,
  `user_id` char(36) NOT NULL,
  `refresh_hash` char(64) NOT NULL,
  `previous_hash` char(64) DEFAULT NULL,
  `rotated_at` datetime(3) DEFAULT NULL,
  `created_at` datetime(3) NOT NULL,
  `last_used_at` datetime(3) NOT NULL,
  `expires_at` datetime(3) NOT NULL,
  `revoked_at` datetime(3) DEFAULT NULL,
  `ip` varchar(45) NOT NULL,
  `user_agent` varchar(200) NOT NULL,
  `mark_key` char(43) DEFAULT NULL,
  `successor_key` char(43) DEFAULT NULL,
  `end_reason` varchar(16) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `refresh_hash` (`refresh_hash`),
  UNIQUE KEY `previous_hash` (`previous_hash`),
  KEY `sessions_by_user` (`user_id`),
  KEY `sessions_by_expiry` (`expires_at`),
  KEY `sessions_by_end` (`revoked_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `signup_attempts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `ip` varchar(45) NOT NULL,
  `at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `signups_by_ip` (`ip`,`at`),
  KEY `signups_by_age` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `users` (
  `id` char(36) NOT NULL,
  `username` varchar(64) NOT NULL,
  `password_hash` varchar(255) NOT NULL,
  `role` varchar(16) NOT NULL CHECK (`role` in ('customer','operator')),
  `signup_key` varchar(255) DEFAULT NULL,
  `version` int(11) NOT NULL DEFAULT 1,
  `created_at` datetime(3) NOT NULL,
  `rights_version` int(11) NOT NULL DEFAULT 1,
  `disabled_at` datetime(3) DEFAULT NULL,
  `one_use_until` datetime(3) DEFAULT NULL,
  `observes` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `username` (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

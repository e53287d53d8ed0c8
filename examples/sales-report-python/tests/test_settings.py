import unittest

from sales_report.settings import SettingsError, read_settings


class TheEnvironment(unittest.TestCase):
    def test_without_any_it_is_the_local_stack(self) -> None:
        settings = read_settings({'KAFKA_BROKERS': '', 'PORT': ''})
        self.assertEqual((settings.port, settings.log_level), (8086, 'info'))
        self.assertEqual(settings.kafka.options(), {'bootstrap_servers': ['127.0.0.1:19092'], 'security_protocol': 'PLAINTEXT'})

    def test_a_secured_kafka_is_reached_by_the_settings_that_the_other_services_have(self) -> None:
        settings = read_settings({
            'KAFKA_BROKERS': 'a:9092, b:9092', 'KAFKA_SSL': 'true', 'KAFKA_SSL_CA_FILE': '/ca.pem', 'KAFKA_SASL_MECHANISM': 'scram-sha-512', 'KAFKA_SASL_USERNAME': 'report', 'KAFKA_SASL_PASSWORD': 'secret',
        })
        self.assertEqual(settings.kafka.options(), {
            'bootstrap_servers': ['a:9092', 'b:9092'], 'security_protocol': 'SASL_SSL', 'ssl_cafile': '/ca.pem', 'sasl_mechanism': 'SCRAM-SHA-512', 'sasl_plain_username': 'report',
            'sasl_plain_password': 'secret',
        })
        self.assertNotIn('secret', repr(settings))

    def test_everything_that_is_wrong_is_said_at_once_with_its_name(self) -> None:
        with self.assertRaises(SettingsError) as caught:
            read_settings({'PORT': '70000', 'LOG_LEVEL': 'loud', 'KAFKA_BROKERS': ',', 'KAFKA_SSL': 'yes', 'KAFKA_SASL_MECHANISM': 'none', 'EVENTS_FOLDER': '/nowhere'})
        lines = str(caught.exception).splitlines()[1:]
        self.assertEqual([line.split(':')[0].strip() for line in lines], ['PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'KAFKA_SSL', 'KAFKA_SASL_MECHANISM', 'EVENTS_FOLDER'])

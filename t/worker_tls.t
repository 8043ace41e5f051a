# Mail over STARTTLS with AUTH, and never in the clear when that is required.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

BEGIN {
    eval { require IO::Socket::SSL; 1 }
        or plan skip_all => 'libio-socket-ssl-perl is not installed';
}

my $t = OrderSave::Worker->new;
my ($key, $cert) = ($t->path('key.pem'), $t->path('cert.pem'));

system 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes '
     . '-subj /CN=localhost -addext subjectAltName=DNS:localhost -days 1 '
     . "-keyout $key -out $cert 2>$key.log" and die 'openssl';

$t->start(no_worker => 1, sink => ['--cert', $cert, '--key', $key,
                                   '--smtp-auth', 'shop:let me in']);
my %smtp = (host => 'localhost', port => $t->{sink}->smtp_port,
            starttls => 'required', ca_file => $cert, user => 'shop',
            password_file => $t->write('password', "let me in\n"),
            timeout => '3s', connections => 2);
$t->configure(smtp => \%smtp);
$t->start_worker;

my $o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 1);
my ($mail) = $t->mails(1, subject => 'support_score');
ok $mail, 'a mail arrives';
ok $mail->{tls}, 'over TLS';
is $mail->{user}, 'shop', 'with its user';
$t->kill_now('worker');

$t->write('password', "wrong\n");
$t->start_worker('worker2');
$o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 2);
ok $t->wait_for('a retry', sub { $t->count('tries.again') >= 1 }),
    'a wrong password is tried again later';
is keys %{$t->all('dead')}, 0, 'and kills no mail';

$t->stop;
done_testing;

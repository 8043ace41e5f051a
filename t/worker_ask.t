# What a buyer filled in with an offer that a person answers: support reads it in
# the shop's language, and so does the shop's own system, signed.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;

$t->start_upstream(sub {
    return "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
});
$t->{overrides}{webhooks} = [{
    url => "http://127.0.0.1:$t->{upstream_port}/hook",
    secret_file => $t->write('hook', "a secret of the shop\n"),
    events => ['accepted']}];
$t->{overrides}{offers} = [
    {id => 'pay', reasons => ['*'], give => {request => {for => 'pay', ask => [
        {id => 'method', as => 'choice', options => [{fr => 'Facture', en => 'Invoice'}]},
        {id => 'note', as => 'text'}]}}},
    {id => 'less', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}}}];
$t->start(no_worker => 1);
$t->configure(share => $t->{share});    # the mails that come with ordersave
$t->start_worker;

my $o = $t->buy(customer => 'ada');
my %said = (method => 'Facture', note => "One <line>\nand another", gone => 'of a field that is no more');
$t->accept($o, offer => 'pay', kind => 'request', terms => {give => 'request', for => 'pay'},
    reason => 'payment', said => \%said, comment => 'size: 42', locale => 'fr');

my ($mail) = $t->mails(1, subject => 'A customer asks');
like $mail->{text}, qr/^How you would like to pay: Invoice$/m, 'an option in the words of support';
like $mail->{text}, qr/^Anything else: One <line>\nand another$/m, 'a text as it was typed';
like $mail->{text}, qr/^gone: of a field that is no more$/m, 'what is asked no more is read all the same';
like $mail->{text}, qr/size: 42/, 'and what was typed elsewhere';
like $mail->{html}, qr/One &lt;line&gt;/, 'HTML has no markup of a stranger';

$t->wait_for('a call', sub { $t->upstream_requests });
my ($call) = $t->upstream_requests;
my $decision = decode_json($call->{body})->{decision};
is_deeply $decision->{said}, \%said, 'the webhook has it whole';
is $decision->{comment}, 'size: 42', 'with the words';

# an offer that is carried out keeps no words in the order's record

my $other = $t->buy(customer => 'bob');
$t->accept($other, comment => 'my words');
ok $t->settled, 'all is done';
is $t->record($other)->{save}{decision}{comment}, undef, 'a grant has none';

$t->stop;
done_testing;
